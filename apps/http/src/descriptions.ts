/** What the doors publish of themselves: OpenAPI for programs, pages for people. */
import { type RequestHandler, Router } from "express"
import { openApi } from "refund-api/OpenApi"
import type { Dialect } from "refund-dialects/Dialect"
import { docsPage, type Shown } from "./docsPage.ts"
import { writePage } from "./page.ts"
import { write } from "./writing.ts"

export const descriptionRouter = (dialects: ReadonlyArray<Dialect>, atRoot: Dialect | undefined): Router => {
  const router = Router({ caseSensitive: true })
  const described = dialects.filter(({ description }) => description !== undefined)
  const linksAt = (at: string) => [
    ["The native API", `${at}/docs`] as const,
    ...described.map(({ door }) => [`as ${door}`, `${at}/docs/${door}`] as const),
    ["Problems", `${at}/problems`] as const,
    ["openapi.json", `${at}/openapi.json`] as const
  ]
  router.get("/openapi.json", ({ baseUrl }, response) =>
    write(response, { status: 200, body: { ...openApi(), servers: [{ url: baseUrl || "/" }] } })
  )
  router.get("/docs", ({ baseUrl }, response) =>
    writePage(response, "The refund ledger", docsPage(openApi(), linksAt(baseUrl)))
  )
  for (const dialect of described) {
    router.get(`/openapi/${dialect.door}.json`, showDescription(dialect, dialect === atRoot))
    router.get(`/docs/${dialect.door}`, ({ baseUrl }, response) =>
      writePage(response, `As ${dialect.door}`, docsPage(dialect.description as Shown, linksAt(baseUrl)))
    )
  }
  return router
}

/** Its paths are the vendor's: where they begin depends on where this is mounted. */
const showDescription =
  ({ description, prefix }: Dialect, isAtRoot: boolean): RequestHandler =>
  ({ baseUrl }, response) => {
    const url = isAtRoot ? baseUrl || "/" : `${baseUrl}${prefix}`
    write(response, { status: 200, body: { ...description, servers: [{ url }] } })
  }
