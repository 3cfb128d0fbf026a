/** What is published to anybody is made once: who asks for it a thousand times has the server keep one. */
import { createServer } from "node:http"
import { assert, describe, it } from "@effect/vitest"
import express from "express"
import { descriptionRouter } from "../src/descriptions.ts"
import { dialects } from "../src/dialects.ts"

/** What each answer was written from, by the order of asking. */
const written = async (paths: ReadonlyArray<string>) => {
  const parts: Array<unknown> = []
  const texts: Array<string> = []
  const app = express()
  app.use((_, response, next) => {
    const end = response.end.bind(response) as (part: unknown) => typeof response
    response.end = ((part: unknown) => {
      parts.push(part)
      return end(part)
    }) as typeof response.end
    next()
  })
  app.use("/refunds", descriptionRouter(dialects, undefined))
  app.use("/more", descriptionRouter(dialects, undefined))
  const server = createServer(app)
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
  try {
    const address = server.address()
    if (address === null || typeof address === "string") throw new Error("it listens on a port")
    for (const path of paths) texts.push(await (await fetch(`http://127.0.0.1:${address.port}${path}`)).text())
    return { parts, texts }
  } finally {
    server.closeAllConnections()
    server.close()
  }
}

describe("a description that is published", () => {
  it.each(["/openapi.json", "/docs", "/openapi/kibo.json", "/docs/kibo"])(
    "at %s is made once, and all who ask for it get the same bytes",
    async (path) => {
      const { parts, texts } = await written([`/refunds${path}`, `/refunds${path}`])
      assert.instanceOf(parts[0], Buffer)
      assert.strictEqual(parts[0], parts[1])
      assert.strictEqual(texts[0], texts[1])
      assert.isAbove(texts[0]?.length ?? 0, 1_000)
    }
  )

  it("says of each place where it is mounted where that is", async () => {
    const { texts } = await written(["/refunds/openapi.json", "/more/openapi.json", "/refunds/openapi/kibo.json"])
    const servers = texts.map((text) => JSON.parse(text).servers[0].url)
    assert.deepStrictEqual(servers, ["/refunds", "/more", "/refunds/kibo"])
  })

  it("of one router that is mounted at two places, too", async () => {
    const router = descriptionRouter(dialects, undefined)
    const app = express().use("/one", router).use("/two", router)
    const server = createServer(app)
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
    const { port } = server.address() as { readonly port: number }
    const told: Array<string> = []
    for (const place of ["one", "two", "one"]) {
      const body = await (await fetch(`http://127.0.0.1:${port}/${place}/openapi.json`)).json()
      told.push((body as { readonly servers: ReadonlyArray<{ readonly url: string }> }).servers[0]?.url ?? "")
    }
    server.closeAllConnections()
    server.close()
    assert.deepStrictEqual(told, ["/one", "/two", "/one"])
  })
})
