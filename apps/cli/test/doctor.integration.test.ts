import { join } from "node:path"
import { afterAll, assert, beforeAll, describe, it } from "vitest"
import { example } from "./support/orders.ts"
import { places } from "./support/places.ts"
import { answerOf } from "./support/provider.ts"
import { refund, scratch } from "./support/refund.ts"

interface Finding {
  readonly about: string
  readonly state: string
  readonly found: string
  readonly advice: string | null
}

describe.each(places)("the doctor %s", (_, open) => {
  let place: Awaited<ReturnType<typeof open>>
  beforeAll(async () => {
    place = await open()
  })
  afterAll(() => place.stop())

  const examined = async (code: number) => {
    const ran = await refund(["doctor", "--json", ...place.flags], { env: place.ada })
    assert.strictEqual(ran.code, code, ran.out + ran.err)
    const { findings, ok } = JSON.parse(ran.out) as { readonly ok: boolean; readonly findings: ReadonlyArray<Finding> }
    assert.strictEqual(ok, code === 0)
    return (about: string) => findings.find((each) => each.about === about)
  }

  it("finds nothing where all is well", async () => {
    const about = await examined(0)
    for (const each of ["clock", "due", "outcome unknown", "in review", "webhooks", "inbox", "keys"]) {
      assert.deepInclude(about(each), { state: "good", advice: null }, each)
    }
    if (place.flags.includes("--url")) {
      assert.deepInclude(about("server"), { state: "good", found: "answers, and is ready" })
      assert.deepInclude(about("worker"), { state: "good", found: "runs in this server" })
      assert.deepInclude(about("providers' circuits"), { state: "good", found: "closed: all are called" })
    } else assert.match(about("schema")?.found ?? "", /^number \d+, the one that this program knows$/)
    const words = await refund(["doctor", ...place.flags], { env: place.ada })
    assert.match(words.out, /^✓ due +nothing waits to be sent$/m)
    assert.notInclude(words.out, "\u001b")
  })

  it("says what is unknown, and what to do about it", async () => {
    const order = example(place.hasWorker ? { reference: "sim_hang" } : {})
    await refund(["order", "put", "-", ...place.flags], { env: place.ada, input: order.json })
    const asked = await refund(["request", order.id, "1", "--capture", order.capture, "--json", ...place.flags], {
      env: place.ada
    })
    const { id } = JSON.parse(asked.out)
    const outcome = { _tag: "unknown", detail: "no answer" } as const
    await answerOf(place.database, id, { outcome, submits: !place.hasWorker })
    const about = await examined(0)
    assert.deepInclude(about("outcome unknown"), { state: "look" })
    assert.include(about("outcome unknown")?.advice ?? "", "refund resolve")
  })

  it("says what a key may not see", async () => {
    const made = await refund(["keys", "create", "clerk", "--permission", "refunds:read", ...place.flags], {
      env: place.ada
    })
    const ran = await refund(["doctor", ...place.flags], { env: { ...place.ada, REFUND_API_KEY: made.out.trim() } })
    assert.strictEqual(ran.code, 0, ran.err)
    assert.match(ran.out, /^\? webhooks/m)
    assert.match(ran.out, /^✓ due/m)
  })
})

describe("the doctor", () => {
  it("says what is wrong with the configuration, and that there is no ledger", async () => {
    const env = { REFUND_DATABASE_URL: `file:${join(scratch, "nowhere.db")}`, PORT: "x" }
    const { code, out } = await refund(["doctor"], { env })
    assert.strictEqual(code, 3)
    assert.match(out, /^✗ configuration +PORT must be/m)
    assert.match(out, /^✗ ledger +There is no ledger at/m)
  })
})
