/** What the doors publish of themselves: OpenAPI for programs, pages for people. */
import { Router } from "express"
import { openApi } from "refund-api/OpenApi"
import type { Dialect } from "refund-dialects/Dialect"
import { docsPage, type Shown } from "./docsPage.ts"
import { pageOf, writePage } from "./page.ts"
import { writeBytes } from "./writing.ts"

export const descriptionRouter = (dialects: ReadonlyArray<Dialect>, atRoot: Dialect | undefined): Router => {
  const router = Router({ caseSensitive: true })
  const described = dialects.filter(({ description }) => description !== undefined)
  const linksAt = (at: string) => [
    ["The native API", `${at}/docs`] as const,
    ...described.map(({ door }) => [`as ${door}`, `${at}/docs/${door}`] as const),
    ["Problems", `${at}/problems`] as const,
    ["openapi.json", `${at}/openapi.json`] as const
  ]
  const native = madeOnce((at) => jsonOf(openApi(), at || "/"))
  const nativePage = madeOnce((at) => pageOf("The refund ledger", docsPage(openApi(), linksAt(at))))
  router.get("/openapi.json", ({ baseUrl }, response) => writeBytes(response, native(baseUrl)))
  router.get("/docs", ({ baseUrl }, response) => writePage(response, nativePage(baseUrl)))
  for (const { description, door, prefix } of described) {
    // Its paths are the vendor's: where they begin depends on where this is mounted.
    const own = madeOnce((at) => jsonOf(description, door === atRoot?.door ? at || "/" : `${at}${prefix}`))
    const page = madeOnce((at) => pageOf(`As ${door}`, docsPage(description as Shown, linksAt(at))))
    router.get(`/openapi/${door}.json`, ({ baseUrl }, response) => writeBytes(response, own(baseUrl)))
    router.get(`/docs/${door}`, ({ baseUrl }, response) => writePage(response, page(baseUrl)))
  }
  return router
}

const jsonOf = (description: object | undefined, url: string): Buffer =>
  Buffer.from(JSON.stringify({ ...description, servers: [{ url }] }))

/** All who ask where it is mounted get the same bytes. Of one that is mounted at several places, the last asked for is kept. */
const madeOnce = (make: (at: string) => Buffer) => {
  let kept: { readonly at: string; readonly bytes: Buffer } | null = null
  return (at: string): Buffer => {
    if (kept?.at !== at) kept = { at, bytes: make(at) }
    return kept.bytes
  }
}
