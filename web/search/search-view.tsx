import type { Diarist } from "../api/diarist.ts";

export default function SearchView({ query }: { diarist: Diarist; query: string }) {
  return <h1>Search {query}</h1>;
}
