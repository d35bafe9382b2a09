import "./tokens.css";
import "./page.css";
import "./controls.css";
import { render } from "preact";
import { Page } from "./page.tsx";

render(<Page />, document.getElementById("app") ?? document.body);
