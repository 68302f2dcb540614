/** The frame around every page: heading, navigation, what must be known everywhere, and the page itself. */
import { useEffect, useRef } from "preact/hooks";
import { session } from "../api/session.ts";
import { EnergyPage } from "../energy/page.tsx";
import { HealthPage } from "../health/page.tsx";
import { MachinePage } from "../machine/page.tsx";
import { OverviewPage } from "../overview/page.tsx";
import { Notice, Skeleton, reasonOf } from "../parts/parts.tsx";
import { type Route, route } from "../router.ts";
import { Patterns } from "../states/patterns.tsx";
import { t } from "../text/text.ts";
import { Banners } from "./banners.tsx";
import { Header } from "./header.tsx";
import { LoginPage } from "./login.tsx";

export function App() {
  const main = useRef<HTMLElement>(null);
  const here = route.value;
  const now = session.value;
  const title = titleOf(here);
  useEffect(() => {
    document.title = `${title} · ${now.kind === "in" ? now.plant.site : "fieldlab-gateway"}`;
  }, [title, now.kind]);
  useEffect(() => {
    scrollTo(0, 0);
  }, [here.page]);

  return (
    <>
      <button type="button" class="skip" onClick={() => main.current?.focus()}>
        {t("shell.skip")}
      </button>
      <Patterns />
      <Header />
      {now.kind === "in" ? <Banners plant={now.plant} /> : null}
      <main ref={main} tabIndex={-1}>
        <Body />
      </main>
    </>
  );
}

function titleOf(here: Route): string {
  if (session.value.kind === "out") return t("login.title");
  if (here.page === "notFound") return t("notFound.title");
  return t(`nav.${here.page}`);
}

function Body() {
  const now = session.value;
  switch (now.kind) {
    case "checking":
      return <Skeleton height={320} />;
    case "out":
      return <LoginPage because={now.because} />;
    case "failed":
      return (
        <Notice tone="fault" title={t("shell.noSite")}>
          <p>{reasonOf(now.failure)}</p>
          <p>{t("shell.noSiteCure")}</p>
        </Notice>
      );
    case "in":
      return <Page here={route.value} />;
  }
}

function Page({ here }: { readonly here: Route }) {
  switch (here.page) {
    case "overview":
      return <OverviewPage />;
    case "machine":
      return <MachinePage machine={here.machine} query={here.query} />;
    case "energy":
      return <EnergyPage day={here.day} />;
    case "health":
      return <HealthPage />;
    case "notFound":
      return (
        <div class="card not-found">
          <h1>{t("notFound.title")}</h1>
          <p>{t("notFound.text", { path: here.path })}</p>
          <a class="button" href="#/">
            {t("notFound.back")}
          </a>
        </div>
      );
  }
}
