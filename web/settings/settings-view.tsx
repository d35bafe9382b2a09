import type { Diarist } from "../api/diarist.ts";
import type { Section } from "../app/router.ts";

export default function SettingsView({ section }: { diarist: Diarist; section: Section }) {
  return <h1>Settings: {section}</h1>;
}
