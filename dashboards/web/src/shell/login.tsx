/** Asks for the token and says where it is to be found. */
import { useId, useState } from "preact/hooks";
import { login } from "../api/session.ts";
import { t } from "../text/text.ts";

export function LoginPage({ because }: { readonly because: "noToken" | "wrongToken" | "expired" }) {
  const [token, setToken] = useState("");
  const field = useId();
  const submit = (event: Event): void => {
    event.preventDefault();
    // People paste the whole address as often as the token in it.
    const pasted = token.trim().replace(/^.*#token=/, "");
    if (pasted !== "") void login(pasted);
  };
  return (
    <form class="card login" onSubmit={submit}>
      <h1>{t("login.title")}</h1>
      {because === "noToken" ? null : (
        <p class="login-error" role="alert">
          {because === "wrongToken" ? t("login.wrong") : t("login.expired")}
        </p>
      )}
      <label for={field}>{t("login.token")}</label>
      <input
        id={field}
        type="password"
        autoComplete="current-password"
        required
        value={token}
        onInput={(event) => setToken(event.currentTarget.value)}
      />
      <button type="submit" class="button strong">
        {t("login.enter")}
      </button>
      <p class="note">{t("login.where")}</p>
    </form>
  );
}
