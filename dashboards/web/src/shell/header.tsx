/** Name of the plant, the four pages, the site's clock, and the settings of this browser. */
import { healthStatus, siteNow } from "../api/live.ts";
import { logout, session } from "../api/session.ts";
import { format } from "../format/current.ts";
import { type Route, route } from "../router.ts";
import { type Theme, chooseLanguage, chooseTheme, theme } from "../settings.ts";
import { language, t } from "../text/text.ts";

const PAGES = [
  { page: "overview", address: "#/" },
  { page: "machine", address: "#/machine" },
  { page: "energy", address: "#/energy" },
  { page: "health", address: "#/health" },
] as const satisfies readonly { page: Route["page"]; address: string }[];
const NEXT_THEME: Readonly<Record<Theme, Theme>> = { auto: "light", light: "dark", dark: "auto" };

export function Header() {
  const now = session.value;
  return (
    <header class="header">
      <div class="brand">
        <span class="brand-site">{now.kind === "in" ? now.plant.site : "fieldlab-gateway"}</span>
        {now.kind === "in" ? <SiteClock /> : null}
      </div>
      {now.kind === "in" ? <Navigation /> : null}
      <div class="settings">
        <button
          type="button"
          class="quiet"
          lang={language.value === "nl" ? "en" : "nl"}
          onClick={() => chooseLanguage(language.value === "nl" ? "en" : "nl")}
        >
          {language.value === "nl" ? "EN" : "NL"}
          <span class="hidden"> {language.value === "nl" ? "English" : "Nederlands"}</span>
        </button>
        <button type="button" class="quiet" onClick={() => chooseTheme(NEXT_THEME[theme.value])}>
          <span class="hidden">{t("shell.theme")} </span>
          {t(`theme.${theme.value}`)}
        </button>
        {now.kind === "in" ? (
          <button type="button" class="quiet" onClick={() => void logout()}>
            {t("shell.logout")}
          </button>
        ) : null}
      </div>
    </header>
  );
}

function SiteClock() {
  const now = siteNow.value;
  return (
    <time class="brand-clock" dateTime={new Date(now).toISOString()}>
      {format.value.dayClock(now)}
    </time>
  );
}

function Navigation() {
  const status = healthStatus.value;
  return (
    <nav class="nav" aria-label={t("nav.label")}>
      {PAGES.map(({ page, address }) => (
        <a key={page} href={address} aria-current={route.value.page === page ? "page" : undefined}>
          {t(`nav.${page}`)}
          {page === "health" && status !== null && status !== "ok" ? (
            <span class={`nav-mark ${status}`}>
              <span aria-hidden="true">!</span>
              <span class="hidden">{t(`health.status.${status}`)}</span>
            </span>
          ) : null}
        </a>
      ))}
    </nav>
  );
}
