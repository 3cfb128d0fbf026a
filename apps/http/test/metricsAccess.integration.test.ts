/** The figures are behind the same door as all else: who guesses keys there is counted, told of, and turned away. */
import { Effect } from "effect"
import { configuration } from "refund-service/Configuration"
import { afterEach, assert, describe, it, vi } from "vitest"
import { startWorker } from "../src/server.ts"
import { adminKey, startServer } from "./support/server.ts"

const open: Array<() => Promise<void> | void> = []
afterEach(async () => {
  for (const close of open.splice(0).reverse()) await close()
})

const logged = (): ReadonlyArray<string> => {
  const lines: Array<string> = []
  const spy = vi.spyOn(console, "error").mockImplementation((line) => void lines.push(String(line)))
  open.push(() => spy.mockRestore())
  return lines
}

const limits = { REFUND_RATE_LIMIT_REFUSED: "1/3600", LOG_LEVEL: "warn", LOG_FORMAT: "json" }

const started = async (env: Readonly<Record<string, string>>) => {
  const server = await startServer({ keys: "watcher:reports:read:watcher-secret,clerk:refunds:read:clerk-secret", env })
  open.push(server.stop)
  return server
}

const scraped = async (url: string, key: string, more: Readonly<Record<string, string>> = {}) => {
  const response = await fetch(`${url}/metrics`, { headers: { authorization: `Bearer ${key}`, ...more } })
  return { status: response.status, retryAfter: response.headers.get("retry-after"), text: await response.text() }
}

const told = (lines: ReadonlyArray<string>) =>
  lines
    .map((line) => JSON.parse(line).annotations ?? {})
    .filter(({ channel }) => channel === "security")
    .map(({ from, route, status, what }) => ({ from, route, status, what }))

const line = (what: string, status: number, from = "127.0.0.1") => ({ what, status, from, route: "/metrics" })

describe("who asks for the figures", () => {
  it("with one wrong key after another is turned away, and the security log says so", async () => {
    const lines = logged()
    const { url } = await started(limits)
    assert.strictEqual((await scraped(url, "watcher-secret")).status, 200)
    assert.strictEqual((await scraped(url, "wrong-secret")).status, 401)
    const second = await scraped(url, "wrong-secret")
    assert.strictEqual(second.status, 429)
    assert.match(second.retryAfter ?? "", /^3[56]\d\d$/)
    // Whoever guesses learns nothing from a good one either, at this door as at the others.
    assert.strictEqual((await scraped(url, "watcher-secret")).status, 429)
    assert.deepStrictEqual(told(lines), [line("credential", 401), line("rate", 429), line("rate", 429)])
  })

  it("with a good key has its limit, and what it may not read is told of", async () => {
    const lines = logged()
    const { url } = await started({ ...limits, REFUND_RATE_LIMIT: "1/3600" })
    assert.include((await scraped(url, "watcher-secret")).text, "refund_")
    assert.strictEqual((await scraped(url, "watcher-secret")).status, 429)
    assert.strictEqual((await scraped(url, "clerk-secret")).status, 403)
    assert.deepStrictEqual(told(lines), [line("rate", 429), line("permission", 403)])
  })

  it("of a worker alone is counted there, by where the trusted proxy says they are", async () => {
    const { database } = await started({ REFUND_WORKER: "off" })
    const lines = logged()
    const env = { REFUND_DATABASE_URL: database, REFUND_WORKER_ADDRESS: "127.0.0.1:0", REFUND_TRUST_PROXY: "loopback" }
    const worker = await startWorker(await Effect.runPromise(configuration({ ...limits, ...env })))
    open.push(worker.stop)
    const [guesser, other] = [{ "x-forwarded-for": "203.0.113.7" }, { "x-forwarded-for": "203.0.113.8" }]
    const url = worker.url ?? ""
    assert.strictEqual((await scraped(url, "wrong-secret", guesser)).status, 401)
    assert.strictEqual((await scraped(url, "wrong-secret", guesser)).status, 429)
    assert.strictEqual((await scraped(url, adminKey, other)).status, 200)
    assert.deepStrictEqual(told(lines), [line("credential", 401, "203.0.113.7"), line("rate", 429, "203.0.113.7")])
  })
})
