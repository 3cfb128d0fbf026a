import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { afterAll, assert, beforeAll, describe, it } from "vitest"
import { example } from "./support/orders.ts"
import { places } from "./support/places.ts"
import { refund, scratch } from "./support/refund.ts"

describe.each(places)("what a tenant sets %s", (where, open) => {
  let place: Awaited<ReturnType<typeof open>>
  beforeAll(async () => {
    place = await open()
    const made = await refund(["order", "put", "-", ...place.flags], { env: place.ada, input: order.json })
    assert.strictEqual(made.code, 0, made.err)
  })
  afterAll(() => place.stop())

  const order = example()
  const ada = (...args: ReadonlyArray<string>) => refund([...args, ...place.flags], { env: place.ada })
  const answered = async (args: ReadonlyArray<string>, code = 0) => {
    const { code: ended, err, out } = await ada(...args, "--json")
    assert.strictEqual(ended, code, `${out}\n${err}`)
    return JSON.parse(out)
  }

  it("is set choice by choice, and taken back", async () => {
    const set = await ada("policy", "set", "--set", "approval=above:1000", "--set", "creditDays=365")
    assert.strictEqual(set.code, 0, set.err)
    assert.match(set.out, /^approval +above:1000 \*$/m)
    const policy = await answered(["policy", "show"])
    assert.deepStrictEqual(policy.overrides, { native: { approval: { rule: "above", amount: 1000 }, creditDays: 365 } })
    const asked = await answered(["request", order.id, "11", "--capture", order.capture])
    assert.strictEqual(asked.state, "pending_approval")

    await answered(["policy", "set", "--door", "kibo", "--set", "overRefund=capture_strict"])
    const back = await answered(["policy", "set", "--set", "approval=default"])
    assert.deepStrictEqual(back.overrides, { native: { creditDays: 365 }, kibo: { overRefund: "capture_strict" } })
    assert.strictEqual(back.policies.native.approval.rule, "never")

    for (const wrong of ["approval=above:x", "fourEyes", "nothing=1", "creditDays=soon"]) {
      const refused = await ada("policy", "set", "--set", wrong)
      assert.strictEqual(refused.code, 2, wrong)
      assert.strictEqual(refused.out, "")
    }
    assert.strictEqual((await ada("policy", "set", "--set", "overRefund=yes")).code, 1)
    assert.deepStrictEqual((await answered(["policy", "show"])).overrides, back.overrides)
  })

  it("is set by the file that was shown, and refused where somebody was faster", async () => {
    const file = join(scratch, `policy-${where.replaceAll(" ", "-")}.json`)
    const shown = await answered(["policy", "show"])
    const wanted = { ...shown, overrides: { native: { fourEyes: false } } }
    writeFileSync(file, JSON.stringify(wanted))
    const set = await answered(["policy", "set", "--file", file])
    assert.deepStrictEqual(set.overrides, wanted.overrides)
    const late = await answered(["policy", "set", "--file", file], 1)
    assert.strictEqual(late.code, "VersionConflict")
    writeFileSync(file, JSON.stringify({ ...set, policies: shown.policies }))
    const misread = await ada("policy", "set", "--file", file)
    assert.strictEqual(misread.code, 2)
    assert.include(misread.err, "policies are what comes of the overrides")
    assert.deepStrictEqual(await answered(["policy", "show"]), set)
    writeFileSync(file, '{"overrides":{}}')
    await answered(["policy", "set", "--file", file])
  })

  it("an order's captures and chargebacks are told one by one, each once", async () => {
    const { id } = order
    const capture = ["order", "capture", id, "10", "--id", `${id}-2`, "--provider", "manual", "--tender", "cash"]
    assert.strictEqual((await ada(...capture)).code, 2)
    const taken = [...capture, "--captured-at", "2026-11-02T10:00:00Z"]
    assert.deepStrictEqual(await answered(taken), { id, created: false, changed: true })
    assert.deepStrictEqual(await answered(taken), { id, created: false, changed: false })
    const other = taken.map((each) => (each === "10" ? "9" : each))
    assert.strictEqual((await answered(other, 1)).code, "CaptureConflict")
    assert.strictEqual((await answered(["order", "show", id])).collected, 5920)

    const dispute = (state: string) => [
      "order",
      "dispute",
      id,
      "10",
      "--id",
      "dp_1",
      "--capture",
      `${id}-2`,
      "--state",
      state
    ]
    assert.isTrue((await answered([...dispute("open"), "--at", "2026-11-03T10:00:00Z"])).changed)
    assert.strictEqual((await answered(["request", id, "1", "--capture", `${id}-2`], 1)).code, "DisputeOpen")
    assert.include((await ada(...dispute("won"))).out, "Dispute dp_1 of order")
    assert.strictEqual((await answered(["order", "show", id])).disputed, 0)
  })

  it("webhooks are told of everything where nothing else is said, and go on hearing what they did", async () => {
    const url = "https://shop.example/in"
    assert.deepStrictEqual((await answered(["webhooks", "add", url])).events, ["*"])
    await answered(["webhooks", "add", url, "--id", "shop", "--event", "refund.settled"])
    const moved = await answered(["webhooks", "add", `${url}/2`, "--id", "shop"])
    assert.deepStrictEqual([moved.url, moved.events], [`${url}/2`, ["refund.settled"]])
  })
})

describe("the configuration", () => {
  it("is every variable with its value or default, and no secret", async () => {
    const env = {
      PORT: "4000",
      REFUND_API_KEYS: "ada:*:very-secret-key",
      REFUND_DATABASE_URL: "postgres://refund:hush@db:5432/refunds"
    }
    const { code, out } = await refund(["config", "--json"], { env })
    assert.strictEqual(code, 0)
    const { variables } = JSON.parse(out)
    const named = (name: string) => variables.find((each: { name: string }) => each.name === name)
    assert.deepInclude(named("PORT"), { value: "4000", set: true, secret: false })
    assert.deepInclude(named("HOST"), { value: "127.0.0.1", set: false })
    assert.deepInclude(named("REFUND_API_KEYS"), { value: null, set: true, secret: true })
    assert.strictEqual(named("REFUND_DATABASE_URL").value, "postgres://refund@db:5432/refunds")
    const words = await refund(["config"], { env })
    assert.match(words.out, /^REFUND_API_KEYS +set +\(a secret\)/m)
    assert.notMatch(out + words.out + words.err, /very-secret-key|hush/)
  })

  it("names what would stop a start", async () => {
    const { code, err } = await refund(["config"], { env: { PORT: "x", REFUND_WROKER: "off" } })
    assert.strictEqual(code, 2)
    assert.include(err, 'PORT must be a port number from 0 to 65535, not "x".')
    assert.include(err, "REFUND_WROKER is not a variable")
  })
})
