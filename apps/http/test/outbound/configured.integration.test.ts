/**
 * One server pays through another, over each of the five doors, by nothing but its environment: both are started as they
 * are at home. Which answer means what is the contract's; here it is shown that a configured server calls at all.
 */
import { mkdtemp, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { callerOf, payment } from "../support/call.ts"
import { killAll, ledgerFile, type ServerProcess, startProcess } from "../support/process.ts"
import { startServer, type TestServer } from "../support/server.ts"

const till = "till-secret"

/** How the same money is called by whoever registers it with a provider of this name, and how it is at first once sent. */
const vendors = [
  { provider: "kibo", reference: (order: string) => `${order}/${order}9`, first: "pending" },
  { provider: "geins", reference: (order: string) => order, first: "pending" },
  { provider: "moyasar", reference: (order: string) => order, first: "settled" },
  { provider: "maverick", reference: (order: string) => `${order}9`, first: "settled" },
  { provider: "medusa", reference: (order: string) => `${order}9`, first: "settled" }
] as const

const environment = (url: string, tokenFile: string) => {
  const all: Record<string, string> = {
    REFUND_PROVIDERS_KIBO_TOKEN_FILE: tokenFile,
    REFUND_PROVIDERS_KIBO_HONOURS_KEY: "on",
    REFUND_PROVIDERS_GEINS_USERNAME: "till",
    REFUND_PROVIDERS_GEINS_PASSWORD: till,
    REFUND_PROVIDERS_GEINS_API_KEY: till,
    REFUND_PROVIDERS_MOYASAR_API_KEY: till,
    REFUND_PROVIDERS_MAVERICK_TOKEN: till,
    REFUND_PROVIDERS_MAVERICK_TERMINAL_ID: "24",
    REFUND_PROVIDERS_MAVERICK_HONOURS_KEY: "on",
    REFUND_PROVIDERS_MEDUSA_API_TOKEN: till,
    REFUND_PROVIDERS_MEDUSA_HONOURS_KEY: "on"
  }
  for (const { provider } of vendors) {
    all[`REFUND_PROVIDERS_${provider.toUpperCase()}_URL`] = `${url}/${provider}`
    all[`REFUND_PROVIDERS_${provider.toUpperCase()}_CURRENCIES`] = "USD"
  }
  return all
}

let folder: string
let file: Awaited<ReturnType<typeof ledgerFile>>
let paying: TestServer
let calling: ServerProcess
let there: ReturnType<typeof callerOf>
let here: ReturnType<typeof callerOf>
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "refunds-"))
  file = await ledgerFile()
  const tokenFile = join(folder, "kibo-token")
  await writeFile(tokenFile, `${till}\n`)
  paying = await startServer({ keys: `till:refunds:request+refunds:read+orders:read:${till}` })
  calling = await startProcess({
    REFUND_DATABASE_URL: file.database,
    LOG_LEVEL: "trace",
    ...environment(paying.url, tokenFile)
  })
  there = callerOf(paying)
  here = callerOf(calling)
})
afterAll(async () => {
  await killAll()
  await paying.stop()
  await Promise.all([file.remove(), rm(folder, { recursive: true, force: true })])
})

describe("a server that is configured to call another in a dialect", () => {
  it.each(vendors)(
    "pays back there what was captured through $provider, once",
    async ({ first, provider, reference }) => {
      const order = String(1_001 + vendors.findIndex((each) => each.provider === provider))
      const at = reference(order)
      const capture = { id: `${order}9`, provider: "simulator", reference: "ch_1" }
      await there("PUT", `/v1/orders/${order}`, { body: payment(order, 5_000, capture) })
      await here("PUT", `/v1/orders/shop-${order}`, {
        body: payment(`shop-${order}`, 5_000, { provider, reference: at })
      })

      const made = await here("POST", `/v1/orders/shop-${order}/refunds`, {
        body: { amount: 1_999, captureId: `shop-${order}-c` },
        headers: { "idempotency-key": order, prefer: "wait=30" }
      })

      expect([made.status, made.body.state], JSON.stringify(made.body)).toEqual([201, first])
      expect(made.body.attempts.map(({ reference }: { reference: unknown }) => typeof reference)).toEqual(["string"])
      // Kibo and Geins answer before the money has moved.
      const refunds = async () => (await there("GET", `/v1/refunds?orderId=${order}`)).body.refunds
      await expect
        .poll(refunds, { timeout: 60_000 })
        .toEqual([expect.objectContaining({ door: provider, amount: 1_999, state: "settled" })])
    }
  )

  it("writes none of its credentials into any line", async () => {
    calling.signal("SIGTERM")
    const { stderr } = await calling.exited
    expect(stderr).toContain("maverick")
    expect(`${stderr}${calling.stdout()}`).not.toContain(till)
  })
})
