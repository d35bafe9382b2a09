import "./settings.css";
import type { Diarist } from "../api/diarist.ts";
import { SECTIONS, type Section } from "../app/router.ts";
import { Keys } from "./keys.tsx";
import { Slack } from "./slack.tsx";
import { Usage } from "./usage.tsx";
import { Webhooks } from "./webhooks.tsx";

const SECTION_WORDS: Record<Section, string> = {
  webhooks: "Webhooks",
  slack: "Slack",
  keys: "API keys",
  usage: "Usage",
};

export default function SettingsView({ diarist, section }: { diarist: Diarist; section: Section }) {
  return (
    <>
      <h1>Settings</h1>
      <nav class="sections" aria-label="Settings">
        {SECTIONS.map((name) => (
          <a key={name} href={`#/settings/${name}`} aria-current={name === section ? "page" : undefined}>
            {SECTION_WORDS[name]}
          </a>
        ))}
      </nav>
      {section === "webhooks" && <Webhooks diarist={diarist} />}
      {section === "slack" && <Slack diarist={diarist} />}
      {section === "keys" && <Keys diarist={diarist} />}
      {section === "usage" && <Usage diarist={diarist} />}
    </>
  );
}
