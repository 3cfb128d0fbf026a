/** What a problem's `type` points to: for a browser a page, for a program JSON. */
import { type RequestHandler, Router } from "express"
import { codes, kindOf, kindOfCode } from "refund-api/Problem"
import { exampleOf } from "refund-api/problemExamples"
import { guides } from "refund-api/problemGuide"
import { html, pageOf, wantsPage, writePage } from "./page.ts"
import { write } from "./writing.ts"

const about = (slug: string) => {
  const kind = kindOf(slug)
  return kind === null ? null : { ...kind, ...guides[kind.code], example: exampleOf(kind.code) }
}

type About = NonNullable<ReturnType<typeof about>>

const show: RequestHandler<{ readonly slug: string }> = (request, response, next) => {
  const kind = about(request.params.slug)
  if (kind === null) return next()
  response.setHeader("vary", "accept")
  if (!wantsPage(request.headers.accept)) return write(response, { status: 200, body: kind })
  writePage(response, pageOf(kind.title, page(kind, request.baseUrl)))
}

const page = ({ code, example, meaning, next, status, title }: About, at: string) => html`
<p class="quiet"><a href="${at}/docs">The refund ledger</a> · <a href="${at}/problems">problems</a></p>
<h1>${title}</h1>
<p><code>${code}</code>, status ${status}</p>
<h2>What it means</h2>
<p>${meaning}</p>
<h2>What to do next</h2>
<p>${next}</p>
<h2>An example</h2>
<pre>${JSON.stringify(example, null, 2)}</pre>`

const list: RequestHandler = (request, response) => {
  const kinds = codes.map((code) => ({ code, ...kindOfCode(code) }))
  if (!wantsPage(request.headers.accept)) return write(response, { status: 200, body: { problems: kinds } })
  const rows = kinds.map(
    ({ code, slug, status, title }) => html`
<tr><td>${status}</td><td><a href="${request.baseUrl}/problems/${slug}"><code>${code}</code></a></td><td>${title}</td></tr>`
  )
  writePage(response, pageOf("Problems", html`<h1>What can go wrong</h1><table>${rows}</table>`))
}

export const problemRouter = (): Router => {
  const router = Router({ caseSensitive: true })
  router.get("/problems", list)
  router.get("/problems/:slug", show)
  return router
}
