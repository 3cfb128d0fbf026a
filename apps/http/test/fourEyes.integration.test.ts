/** Nobody approves what they asked for (T46), through whichever door, with whichever credential of theirs, whatever they may do else. */
import { afterAll, assert, beforeAll, describe, it } from "vitest"
import { geins } from "./dialects/hostile/geins.ts"
import { bearer } from "./dialects/hostile/HostileDoor.ts"
import { callerOf, fresh } from "./support/call.ts"
import { startIssuer } from "./support/issuer.ts"
import { adminKey, startServer, type TestServer } from "./support/server.ts"

let issuer: Awaited<ReturnType<typeof startIssuer>>
let server: TestServer
let call: ReturnType<typeof callerOf>
beforeAll(async () => {
  issuer = await startIssuer()
  server = await startServer({ keys: "ada:*:ada-key-secret,bob:@approver:bob-key-secret", env: issuer.env })
  call = callerOf(server)
  await call("PUT", "/v1/orders/9001", {
    body: {
      currency: "USD",
      captures: [
        {
          id: "9101",
          amount: 100_000,
          provider: "external",
          reference: "ch_1",
          tender: "card",
          capturedAt: "2026-01-01T10:00:00Z"
        }
      ]
    }
  })
})
afterAll(async () => {
  await server.stop()
  await issuer.stop()
})

type Headers = Readonly<Record<string, string>>

const post = async (path: string, headers: Headers, body: object) => {
  const response = await fetch(server.url + path, {
    method: "POST",
    headers: { "content-type": "application/json", "idempotency-key": fresh("key"), ...headers },
    body: JSON.stringify(body)
  })
  return { status: response.status, text: await response.text() }
}

/** Who asks, by each door. */
const ask = {
  native: async (secret: string) => {
    const body = { amount: 100, requiresApproval: true }
    return JSON.parse((await post("/v1/orders/9001/refunds", bearer(secret), body)).text).id as string
  },
  geins: async (secret: string) => {
    const body = { RefundAmount: 1, RefundsRequireApproval: true }
    return JSON.parse((await post("/geins/API/Order/9001/Refund", geins.credentials(secret), body)).text)
      .Resource as string
  }
}

const approve = {
  native: (id: string, secret: string) => post(`/v1/refunds/${id}/approve`, bearer(secret), {}),
  geins: (id: string, secret: string) =>
    post(`/geins/API/Order/9001/Refund/${id}/SetApproval`, geins.credentials(secret), {
      Approved: true,
      ApprovalDecidedBy: "somebody else"
    })
}

const credentials = {
  "a key": () => "ada-key-secret",
  "a token": () => issuer.good({ sub: "ada" })
}

const state = async (id: string): Promise<string> => (await call("GET", `/v1/refunds/${id}`)).body.state

const doors = ["native", "geins"] as const
const kinds = ["a key", "a token"] as const

describe.each(doors)("a refund that was asked for at the %s door", (asked) => {
  describe.each(kinds)("with %s", (kind) => {
    for (const decided of doors) {
      for (const other of kinds) {
        it(`is not approved at the ${decided} door by the same person with ${other}`, async () => {
          const id = await ask[asked](credentials[kind]())
          const before = await server.journal()
          const { status, text } = await approve[decided](id, credentials[other]())
          assert.strictEqual(status, decided === "geins" ? 400 : 403, text)
          assert.include(text, "another person must decide")
          assert.deepStrictEqual(await server.journal(), before)
          assert.strictEqual(await state(id), "pending_approval")
          assert.strictEqual((await approve[decided](id, "bob-key-secret")).status, 200)
          assert.strictEqual(await state(id), "approved")
        })
      }
    }
  })
})

it("whoever may do everything asks and approves no more than others", async () => {
  const id = await ask.native(adminKey)
  for (const door of doors) assert.include((await approve[door](id, adminKey)).text, "another person must decide")
})
