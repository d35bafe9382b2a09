import "./app/tokens.css";
import "./app/page.css";
import "./app/controls.css";
import { render } from "preact";
import { Page } from "./page.tsx";

render(<Page />, document.getElementById("app") ?? document.body);
