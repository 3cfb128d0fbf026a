/** Tokens at every door (T52): a good one opens it, a bad one is answered 401 in the vendor's shape and changes nothing. */
import { afterAll, assert, beforeAll, describe, it } from "vitest"
import type { Complaints } from "../../../../packages/refund-dialects/test/support/judge.ts"
import { callerOf, fresh } from "../support/call.ts"
import { startIssuer } from "../support/issuer.ts"
import { judgesOf } from "../support/judged.ts"
import { adminKey, startServer, type TestServer } from "../support/server.ts"
import { geins } from "./hostile/geins.ts"
import { bearer, type HostileDoor } from "./hostile/HostileDoor.ts"
import { kibo } from "./hostile/kibo.ts"
import { maverick } from "./hostile/maverick.ts"
import { medusa } from "./hostile/medusa.ts"
import { moyasar } from "./hostile/moyasar.ts"

const order = {
  currency: "USD",
  lines: [{ id: "7", description: "Mug", quantity: 1, amount: 10_000 }],
  captures: [
    {
      id: "9101",
      amount: 10_000,
      provider: "external",
      reference: "ch_1",
      tender: "card",
      capturedAt: "2026-01-01T10:00:00Z",
      vendor: { maverick: { terminal: { id: 24 } } }
    }
  ]
}

type Door = Pick<HostileDoor, "door" | "credentials" | "targets" | "reads">

const native: Door = {
  door: "native",
  credentials: bearer,
  targets: () => [
    {
      what: "request",
      path: (id) => `/v1/orders/${id}/refunds`,
      names: "order",
      good: { amount: "1" },
      amount: "amount",
      bad: {},
      required: [],
      status: 400
    }
  ],
  reads: [(id) => `/v1/orders/${id}`]
}
const doors: ReadonlyArray<Door> = [native, kibo, geins, moyasar, maverick, medusa]

let issuer: Awaited<ReturnType<typeof startIssuer>>
let server: TestServer
let judges: ReadonlyMap<string, Complaints>

beforeAll(async () => {
  issuer = await startIssuer()
  server = await startServer({ env: issuer.env })
  judges = await judgesOf(server.url)
  await callerOf(server)("PUT", "/v1/orders/9001", { body: order })
})
afterAll(async () => {
  await server.stop()
  await issuer.stop()
})

const waiting = { settle: "none", process: "none", approve: "none" }

interface Told {
  readonly status: number
  readonly headers: Headers
  readonly complaints: ReadonlyArray<string>
}

/** Its first call that changes something, and one that reads. */
const calls = async (door: Door, at: TestServer, credentials: Readonly<Record<string, string>>) => {
  const [target] = door.targets(waiting)
  if (target === undefined) throw new Error("a door has something to refund by")
  const path = target.path(target.names === "order" ? "9001" : "9101")
  const body = `{${Object.entries(target.good)
    .map(([name, value]) => `${JSON.stringify(name)}:${value}`)
    .join(",")}}`
  const reads = door.reads.slice(0, 1).map((read) => ["GET", read("9001"), undefined] as const)
  const prefix = door.door === "native" ? "" : `/${door.door}`
  return Promise.all(
    [["POST", path, body] as const, ...reads].map(async ([method, at_, sent]): Promise<Told> => {
      const headers = { "content-type": "application/json", "idempotency-key": fresh("key"), ...credentials }
      const response = await fetch(at.url + prefix + at_, {
        method,
        headers,
        ...(sent === undefined ? {} : { body: sent })
      })
      const text = await response.text()
      const mediaType = response.headers.get("content-type")
      const said = mediaType?.includes("json") ? JSON.parse(text) : text
      const call = { method, path: at_, ...(sent === undefined ? {} : { body: JSON.parse(sent) }) }
      const complaints = judges.get(door.door)?.(call, { status: response.status, mediaType, body: said }) ?? [
        "no judge"
      ]
      return { status: response.status, headers: response.headers, complaints }
    })
  )
}

const statuses = (told: ReadonlyArray<Told>) => [...new Set(told.map(({ status }) => status))]

describe.each(doors)("$door", (door) => {
  it("takes a token of the issuer, whoever it names", async () => {
    const [made] = await calls(door, server, door.credentials(issuer.good()))
    assert.include([200, 201], made?.status)
  })

  it("takes no bad one, and nothing is changed", async () => {
    const before = await server.journal()
    for (const [how, token] of Object.entries(issuer.bad())) {
      const told = await calls(door, server, door.credentials(token))
      assert.deepStrictEqual([how, statuses(told)], [how, [401]])
      for (const { complaints } of told) assert.deepStrictEqual(complaints, [], how)
    }
    assert.deepStrictEqual(statuses(await calls(door, server, {})), [401])
    assert.deepStrictEqual(await server.journal(), before)
  })

  it("takes no revoked key", async () => {
    const call = callerOf(server)
    const { body } = await call("POST", "/v1/keys", { body: { name: fresh("gone"), roles: ["admin"] } })
    await call("DELETE", `/v1/keys/${body.id}`)
    assert.deepStrictEqual(statuses(await calls(door, server, door.credentials(body.secret))), [401])
  })

  it("says that tokens cannot be checked now, where the issuer does not answer: 503, when to come again, and keys work", async () => {
    const down = await startIssuer()
    down.goDown()
    const other = await startServer({ env: down.env })
    try {
      await callerOf(other)("PUT", "/v1/orders/9001", { body: order })
      const before = await other.journal()
      for (const { complaints, headers, status } of await calls(door, other, door.credentials(down.good()))) {
        assert.deepStrictEqual([status, headers.get("retry-after"), complaints], [503, "5", []])
      }
      assert.deepStrictEqual(await other.journal(), before)
      const [made] = await calls(door, other, door.credentials(adminKey))
      assert.include([200, 201], made?.status)
    } finally {
      await other.stop()
      await down.stop()
    }
  })
})
