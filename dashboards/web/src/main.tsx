/** Starts the pages: styles, stored settings, the session, then the live stream. */
import { render } from "preact";
import "./tokens.css";
import "./base.css";
import "./parts.css";
import "./shell.css";
import "./pages.css";
import { startApp } from "./api/session.ts";
import { App } from "./shell/app.tsx";
import { applySettings } from "./settings.ts";

applySettings();
const root = document.getElementById("app");
if (root !== null) render(<App />, root);
void startApp();
