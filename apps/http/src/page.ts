/** Pages for people: HTML that loads nothing from anywhere, so a strict content security policy holds for it. */
import type { ServerResponse } from "node:http"
import { writeBytes } from "./writing.ts"

/** Text that is already HTML. */
export class Html {
  readonly text: string
  constructor(text: string) {
    this.text = text
  }
}

type Piece = string | number | Html | ReadonlyArray<Html>

const escapes: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;"
}
const escaped = (text: string): string => text.replaceAll(/[&<>"']/g, (character) => escapes[character] ?? "")

const written = (piece: Piece): string => {
  if (piece instanceof Html) return piece.text
  if (typeof piece === "object") return piece.map(({ text }) => text).join("")
  return escaped(String(piece))
}

/** What is put in is escaped, unless it is HTML already. */
export const html = (parts: TemplateStringsArray, ...pieces: ReadonlyArray<Piece>): Html =>
  new Html(parts.map((part, at) => part + (at < pieces.length ? written(pieces[at] ?? "") : "")).join(""))

const style = `
  :root { color-scheme: light dark; --line: #8885; --soft: #8882 }
  body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem }
  code, pre { font: 14px/1.4 ui-monospace, monospace }
  pre { background: var(--soft); padding: .75rem; overflow: auto; border-radius: 4px }
  table { border-collapse: collapse; width: 100% }
  td, th { border-top: 1px solid var(--line); padding: .3rem .5rem; text-align: left; vertical-align: top }
  details { border: 1px solid var(--line); border-radius: 4px; margin: .4rem 0; padding: .3rem .7rem }
  details details { border: 0; border-left: 2px solid var(--line); border-radius: 0; margin: .2rem 0 }
  summary { cursor: pointer }
  .method { display: inline-block; min-width: 4.5rem; font-weight: 600 }
  .quiet { opacity: .7 }
`

const policy =
  "default-src 'none'; style-src 'unsafe-inline'; form-action 'none'; frame-ancestors 'none'; base-uri 'none'"

export const pageOf = (title: string, body: Html): Buffer =>
  Buffer.from(
    html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}</title>
<style>${new Html(style)}</style>
</head>
<body>
${body}
</body>
</html>
`.text
  )

/** Stands in for whatever policy the app around sets: a page needs less than most allow. */
export const writePage = (response: ServerResponse, page: Uint8Array): void =>
  writeBytes(response, page, { "content-type": "text/html; charset=utf-8", "content-security-policy": policy })

/** A browser says that it wants HTML; whoever says nothing, or JSON, is a program. */
export const wantsPage = (accept: string | undefined): boolean =>
  /(?:^|,)\s*text\/html\b(?!\s*;\s*q=0(?:\.0*)?\s*(?:,|$))/i.test(accept ?? "") &&
  !/(?:^|,)\s*application\/(?:problem\+)?json\s*(?:,|$)/i.test(accept ?? "")
