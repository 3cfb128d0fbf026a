/** What no dialect may take (T53 to T59): always the vendor's shape, never a 5xx, never a hang, and nothing is recorded. */
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import type { Complaints } from "../../../../packages/refund-dialects/test/support/judge.ts"
import { fresh } from "../support/call.ts"
import { judgesOf } from "../support/judged.ts"
import { rawClient } from "../support/raw.ts"
import { startServer, type TestServer } from "../support/server.ts"
import {
  amountCases,
  bodyOf,
  type Case,
  currencies,
  fieldCases,
  frameworkCases,
  idCases,
  idIn,
  jsonCases
} from "./hostile/cases.ts"
import { geins } from "./hostile/geins.ts"
import type { HostileDoor, Waiting } from "./hostile/HostileDoor.ts"
import { kibo } from "./hostile/kibo.ts"
import { maverick } from "./hostile/maverick.ts"
import { medusa } from "./hostile/medusa.ts"
import { moyasar } from "./hostile/moyasar.ts"

let server: TestServer
let elsewhere: TestServer
let raw: ReturnType<typeof rawClient>
let judges: ReadonlyMap<string, Complaints>
let waiting: Waiting

const native = async (url: string, method: string, path: string, body?: unknown, key = server.adminKey) => {
  const answer = await fetch(url + path, {
    method,
    headers: { authorization: `Bearer ${key}`, "content-type": "application/json", "idempotency-key": fresh("key") },
    ...(body === undefined ? {} : { body: JSON.stringify(body) })
  })
  return (await answer.json()) as Record<string, unknown>
}

/** An order in each currency, of 10,000 of its minor units, with one capture; nobody is its customer. */
const order = (currency: keyof typeof currencies) => ({
  currency,
  lines: [{ id: "7", description: "Mug", quantity: 1, amount: 10_000 }],
  captures: [
    {
      id: `910${currencies[currency]}`,
      amount: 10_000,
      provider: "external",
      reference: "ch_1",
      tender: "card",
      capturedAt: "2026-01-01T10:00:00Z",
      vendor: { maverick: { terminal: { id: 24 } } }
    }
  ]
})

beforeAll(async () => {
  server = await startServer({ keys: "auditor:orders:read:auditor-secret,clerk:*:clerk-secret" })
  raw = rawClient(server.url)
  judges = await judgesOf(server.url)
  for (const currency of ["USD", "JPY", "KWD"] as const) {
    await native(server.url, "PUT", `/v1/orders/900${currencies[currency]}`, order(currency))
  }
  // By another than who decides on them: nobody may do both.
  const asked = (more = {}) =>
    native(server.url, "POST", "/v1/orders/9001/refunds", { amount: 100, ...more }, "clerk-secret")
  const made = [await asked(), await asked(), await asked({ requiresApproval: true })]
  const [settle = "", process = "", approve = ""] = made.map(({ id }) => String(id))
  waiting = { settle, process, approve }
  // Another tenant's order on the same file: its ids are nobody's here (T55).
  elsewhere = await startServer({
    env: {
      REFUND_DATABASE_URL: server.database,
      REFUND_TENANT: "other",
      REFUND_API_KEYS: "other:*:other-secret",
      REFUND_WORKER: "off"
    }
  })
  const theirs = { ...order("USD"), captures: [{ ...order("USD").captures[0], id: "9777" }] }
  await native(elsewhere.url, "PUT", "/v1/orders/9777", theirs, "other-secret")
})
afterAll(async () => {
  raw.close()
  await elsewhere.stop()
  await server.stop()
})

/** The number of entries, and the head of each order's chain. */
const recorded = async () => {
  const heads = await Promise.all(
    ["9001", "9002", "9003"].map(async (id) => {
      const { entries } = (await native(server.url, "GET", `/v1/journal?order=${id}`)) as {
        entries: ReadonlyArray<{ hash: string }>
      }
      return [entries.length, entries.at(-1)?.hash]
    })
  )
  return { ...(await server.journal()), heads }
}

const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** Answers how many there were. */
const refuses = async (door: HostileDoor, cases: ReadonlyArray<Case>): Promise<number> => {
  const before = await recorded()
  expect(before.ok).toBe(true)
  const wrong: Array<unknown> = []
  for (const { body, path, statuses, what, ...asked } of cases) {
    const answer = await raw.ask({
      method: "POST",
      headers: { "content-type": "application/json", ...door.credentials(server.adminKey) },
      ...asked,
      path: `/${door.door}${path}`,
      body
    })
    const type = answer.headers["content-type"]
    const mediaType = typeof type === "string" ? type : null
    const told = { status: answer.status, mediaType, body: parsed(answer.text) ?? answer.text }
    const sent = typeof body === "string" ? parsed(body) : undefined
    const complaints = judges.get(door.door)?.(
      { method: asked.method ?? "POST", path, ...(sent === undefined ? {} : { body: sent }) },
      told
    )
    const isRight =
      statuses.includes(answer.status) &&
      complaints?.length === 0 &&
      answer.headers["refund-id"] === undefined &&
      answer.milliseconds < 30_000
    if (!isRight)
      wrong.push([what, statuses, answer.status, answer.milliseconds, complaints, answer.text.slice(0, 300)])
  }
  expect(wrong).toEqual([])
  expect(await recorded()).toEqual(before)
  return cases.length
}

describe.each([kibo, geins, moyasar, maverick, medusa])("$door", (door) => {
  let tried = 0

  it("takes no amount that is none, in any currency (T53, T54)", async () => {
    tried += await refuses(door, door.targets(waiting).flatMap(amountCases))
  })

  it("takes no field that is of another type, no word, moment or text that is none (T57, T58, T59)", async () => {
    tried += await refuses(door, door.targets(waiting).flatMap(fieldCases))
  })

  it("takes no JSON that is none, or that two readers could read differently (T56)", async () => {
    tried += await refuses(door, door.targets(waiting).flatMap(jsonCases))
  })

  it("finds nothing under an id that is none, or another tenant's (T55)", async () => {
    tried += await refuses(door, idCases(door, waiting))
  })

  it("finds nothing under an id that is none with a key that was used, either", async () => {
    const key = fresh("used")
    const headers = { "content-type": "application/json", "idempotency-key": key }
    const body = JSON.stringify({ amount: 1 })
    const first = await fetch(`${server.url}/v1/orders/9001/refunds`, {
      method: "POST",
      headers: { ...headers, authorization: `Bearer ${server.adminKey}` },
      body
    })
    expect(first.status).toBe(201)
    const before = await recorded()
    // What is in no path is asked about by the refunds there are.
    for (const target of door.targets(waiting).filter(({ path }) => path("nobody").includes("nobody"))) {
      const answer = await raw.ask({
        method: "POST",
        path: `/${door.door}${target.path("nobody")}`,
        headers: { ...headers, ...door.credentials(server.adminKey) },
        body: bodyOf(target.good)
      })
      expect(answer.status, `${target.what}: ${answer.text}`).toBeGreaterThanOrEqual(400)
      expect(answer.status, `${target.what}: ${answer.text}`).toBeLessThan(500)
    }
    expect(await recorded()).toEqual(before)
  })

  it("says in its vendor's shape what is wrong before it is asked at all", async () => {
    const [target] = door.targets(waiting)
    if (target !== undefined) tried += await refuses(door, frameworkCases(door, target, server.adminKey))
  })

  it("was asked at least 400 times, and would have taken what is right", async () => {
    console.log(`${door.door}: ${tried} bad inputs`)
    expect(tried).toBeGreaterThanOrEqual(400)
    for (const target of door.targets(waiting)) {
      for (const currency of target.amount === null ? (["USD"] as const) : (["USD", "JPY", "KWD"] as const)) {
        const answer = await raw.ask({
          method: "POST",
          path: `/${door.door}${target.path(idIn(target, currency))}`,
          headers: { "content-type": "application/json", ...door.credentials(server.adminKey) },
          body: bodyOf(target.good)
        })
        expect([target.what, answer.status], answer.text).toEqual([target.what, 200])
      }
    }
  })
})
