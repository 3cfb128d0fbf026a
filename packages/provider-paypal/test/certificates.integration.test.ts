import { createServer, type RequestListener } from "node:http"
import type { AddressInfo } from "node:net"
import { assert, describe, it } from "@effect/vitest"
import { assertEquals } from "@effect/vitest/utils"
import { Effect, Exit } from "effect"
import { fetchOverHttps, trustedAddress } from "../src/internal/certificates.ts"

const serving = (answer: RequestListener) =>
  Effect.acquireRelease(
    Effect.promise(async () => {
      const server = createServer(answer)
      await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
      return server
    }),
    (server) =>
      Effect.promise(() => {
        server.closeAllConnections()
        return new Promise((resolve) => server.close(resolve))
      })
  ).pipe(Effect.map((server) => `http://127.0.0.1:${(server.address() as AddressInfo).port}/CERT-1`))

describe("A certificate that is fetched", () => {
  it.live("is the text at its address", () =>
    Effect.gen(function* () {
      const url = yield* serving((_, response) => response.end("-----BEGIN CERTIFICATE-----"))
      assertEquals(yield* fetchOverHttps(url), "-----BEGIN CERTIFICATE-----")
    })
  )

  const answers: Readonly<Record<string, RequestListener>> = {
    "is somewhere else": (_, response) => response.writeHead(302, { location: "/CERT-2" }).end(),
    "is not there": (_, response) => response.writeHead(404).end("-----BEGIN CERTIFICATE-----"),
    "is longer than any": (_, response) => response.end("x".repeat(100_000)),
    "breaks off": (request) => request.socket.destroy()
  }
  for (const [what, answer] of Object.entries(answers)) {
    it.live(`and ${what} is none`, () =>
      Effect.gen(function* () {
        const url = yield* serving(answer)
        assert.isTrue(Exit.isFailure(yield* Effect.exit(fetchOverHttps(url))))
      })
    )
  }

  it("is asked for at PayPal's own addresses, by environment", () => {
    for (const [environment, host] of [
      ["live", "api.paypal.com"],
      ["live", "api-m.paypal.com"],
      ["sandbox", "api.sandbox.paypal.com"],
      ["sandbox", "api-m.sandbox.paypal.com"]
    ] as const) {
      const address = `https://${host}/v1/notifications/certs/CERT-360caa42-fca2a594-1d93a270`
      assert.strictEqual(trustedAddress(address, environment), address)
      assert.strictEqual(trustedAddress(address, environment === "live" ? "sandbox" : "live"), null)
    }
  })
})
