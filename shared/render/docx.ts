import type { Transcript } from "../transcript/transcript.ts";
import { formatSeconds } from "./clock.ts";
import type { NameOf } from "./speaker-names.ts";
import { turnsOf } from "./turns.ts";
import { zipFiles } from "./zip.ts";

const MAIN = "http://schemas.openxmlformats.org/wordprocessingml/2006/main";
const OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
const PACKAGE = "http://schemas.openxmlformats.org/package/2006";
const WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml";
const HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n';
/** The paragraphs of one piece of the document. */
const BATCH = 200;

const CONTENT_TYPES = `${HEAD}<Types xmlns="${PACKAGE}/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/><Override PartName="/word/document.xml" ContentType="${WORD}.document.main+xml"/><Override PartName="/word/styles.xml" ContentType="${WORD}.styles+xml"/></Types>`;
const PACKAGE_RELATIONS = `${HEAD}<Relationships xmlns="${PACKAGE}/relationships"><Relationship Id="rId1" Type="${OFFICE}/officeDocument" Target="word/document.xml"/></Relationships>`;
const DOCUMENT_RELATIONS = `${HEAD}<Relationships xmlns="${PACKAGE}/relationships"><Relationship Id="rId1" Type="${OFFICE}/styles" Target="styles.xml"/></Relationships>`;
const STYLES = `${HEAD}<w:styles xmlns:w="${MAIN}"><w:docDefaults><w:rPrDefault><w:rPr><w:rFonts w:ascii="Calibri" w:hAnsi="Calibri" w:eastAsia="Yu Gothic" w:cs="Arial"/><w:sz w:val="22"/><w:szCs w:val="22"/></w:rPr></w:rPrDefault><w:pPrDefault><w:pPr><w:spacing w:after="160" w:line="264" w:lineRule="auto"/></w:pPr></w:pPrDefault></w:docDefaults><w:style w:type="paragraph" w:default="1" w:styleId="Normal"><w:name w:val="Normal"/></w:style></w:styles>`;

/**
 * An Office Open XML document (ECMA-376): a paragraph a turn, the speaker bold, the time grey. Written here, since it
 * takes three fixed parts and one loop: the `docx` package makes an object of every run and needs 155 MB for ten hours
 * (docs/decisions/009-exports-and-search.md).
 */
export function renderDocx(
  transcript: Transcript,
  nameOf: NameOf,
  { times }: { times: boolean },
): Generator<Uint8Array> {
  const file = (name: string, text: string) => ({ name, pieces: () => [text] });
  return zipFiles([
    file("[Content_Types].xml", CONTENT_TYPES),
    file("_rels/.rels", PACKAGE_RELATIONS),
    file("word/_rels/document.xml.rels", DOCUMENT_RELATIONS),
    file("word/styles.xml", STYLES),
    { name: "word/document.xml", pieces: () => writeDocument(transcript, nameOf, times) },
  ]);
}

function* writeDocument(transcript: Transcript, nameOf: NameOf, times: boolean): Generator<string> {
  yield `${HEAD}<w:document xmlns:w="${MAIN}"><w:body>`;
  const turns = turnsOf(transcript, nameOf);
  for (let from = 0; from < turns.length; from += BATCH) {
    const paragraphs = turns.slice(from, from + BATCH).map(({ start, speaker, text }) => {
      const name = speaker === undefined ? "" : run(`${speaker} `, "<w:b/>");
      const time = times ? run(`[${formatSeconds(Math.floor(start))}] `, '<w:color w:val="767676"/>') : "";
      return `<w:p>${name}${time}${run(text, "")}</w:p>`;
    });
    yield paragraphs.join("");
  }
  yield '<w:sectPr><w:pgSz w:w="11906" w:h="16838"/><w:pgMar w:top="1134" w:right="1134" w:bottom="1134" w:left="1134" w:header="709" w:footer="709" w:gutter="0"/></w:sectPr></w:body></w:document>';
}

function run(text: string, properties: string): string {
  const style = properties === "" ? "" : `<w:rPr>${properties}</w:rPr>`;
  return `<w:r>${style}<w:t xml:space="preserve">${escapeXml(text)}</w:t></w:r>`;
}

/** Text is on one line already; what is left that XML 1.0 cannot hold even escaped is two code points and half pairs. */
function escapeXml(text: string): string {
  return text
    .toWellFormed()
    .replace(/[\ufffe\uffff]/g, "\ufffd")
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;");
}
