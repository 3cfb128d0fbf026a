import { writeFileSync } from "node:fs"
import { join } from "node:path"
import type { Outcome } from "refund-core/ports/RefundProvider"
import { afterAll, assert, beforeAll, describe, it } from "vitest"
import { entriesOf } from "../src/output/words.ts"
import { example } from "./support/orders.ts"
import { places } from "./support/places.ts"
import { answerOf } from "./support/provider.ts"
import { type Ran, refund, scratch } from "./support/refund.ts"

/** What tests look at in any of the answers. */
// biome-ignore lint/suspicious/noExplicitAny: the assertions say what it must be
type Json = any

describe.each(places)("the command line %s", (_, open) => {
  let place: Awaited<ReturnType<typeof open>>
  beforeAll(async () => {
    place = await open()
  })
  afterAll(() => place.stop())

  const ada = (...args: ReadonlyArray<string>) => refund([...args, ...place.flags], { env: place.ada })
  const bob = (...args: ReadonlyArray<string>) => refund([...args, ...place.flags], { env: place.bob })
  const asJson = async (ran: Promise<Ran>, code = 0) => {
    const { code: ended, err, out } = await ran
    assert.strictEqual(ended, code, `${out}\n${err}`)
    return JSON.parse(out) as Json
  }
  const words = async (ran: Promise<Ran>, code = 0): Promise<Ran> => {
    const ended = await ran
    assert.strictEqual(ended.code, code, `${ended.out}\n${ended.err}`)
    assert.notInclude(ended.out + ended.err, "\u001b")
    return ended
  }

  const registered = async (capture?: Record<string, unknown>) => {
    const order = example(capture)
    const put = await refund(["order", "put", "-", ...place.flags], { env: place.ada, input: order.json })
    assert.strictEqual(put.code, 0, put.err)
    return order
  }

  it("registers an order from a file or from standard input, once", async () => {
    const order = example()
    const file = join(scratch, `${order.id}.json`)
    writeFileSync(file, order.json)
    assert.deepStrictEqual(await asJson(ada("order", "put", file, "--json")), {
      id: order.id,
      created: true,
      changed: true
    })
    assert.strictEqual((await words(ada("order", "put", file))).out, `Order ${order.id} is as it was\n`)

    const { id, ...body } = JSON.parse(order.json)
    const grown = { ...body, captures: [...body.captures, { ...body.captures[0], id: `${order.capture}-2` }] }
    const changed = refund(["order", "put", "-", "--id", id, ...place.flags], {
      env: place.ada,
      input: JSON.stringify(grown)
    })
    assert.strictEqual((await words(changed)).out, `Order ${id} changed\n`)
  })

  it("shows an order's figures, in decimals to people and in minor units to programs", async () => {
    const order = await registered()
    await words(
      ada("request", order.id, "19.99", "--capture", order.capture, "--type", "default", "--requires-approval")
    )
    const shown = (await words(ada("order", "show", order.id))).out
    assert.match(shown, /^order +49\.20 +0\.00 +19\.99 +0\.00 +29\.21$/m)
    assert.match(shown, /^line:1 +43\.20 +0\.00 +19\.99 +23\.21$/m)
    assert.match(shown, /pending_approval +19\.99 +USD/)
    const json = await asJson(ada("order", "show", order.id, "--json"))
    assert.deepInclude(json, { id: order.id, collected: 4920, refunded: 0, held: 1999, disputed: 0, refundable: 2921 })
    assert.strictEqual(json.refunds.length, 1)
  })

  it("requests a refund once for one key", async () => {
    const order = await registered()
    const ask = ["request", order.id, "19.99", "--capture", order.capture, "--idempotency-key", `k-${order.id}`]
    const made = await asJson(ada(...ask, "--reason", "return", "--metadata", '{"a":[1]}', "--json"))
    assert.deepInclude(made, {
      orderId: order.id,
      captureId: order.capture,
      amount: 1999,
      currency: "USD",
      type: "default",
      destination: "original",
      reason: "return",
      metadata: { a: [1] }
    })
    const again = await words(ada(...ask, "--reason", "return", "--metadata", '{"a":[1]}'))
    assert.include(again.out, `Refund ${made.id} is `)
    assert.include(again.err, "requested before")

    const other = await words(ada(...ask), 1)
    assert.strictEqual(other.out, "")
    assert.include(other.err, "IdempotencyKeyReused")
    assert.strictEqual((await asJson(ada("order", "show", order.id, "--json"))).refunds.length, 1)
  })

  it("refunds all that is left, a part for its own reason, and an amount in a currency that is checked", async () => {
    const order = await registered()
    const shipping = await asJson(
      ada("request", order.id, "5", "--type", "shipping", "--destination", "store_credit", "--json")
    )
    assert.deepInclude(shipping, { amount: 500, type: "shipping", destination: "store_credit", state: "settled" })
    const yen = await asJson(ada("request", order.id, "5", "--currency", "JPY", "--json"), 1)
    assert.strictEqual(yen.code, "CurrencyMismatch")
    const rest = await asJson(ada("request", order.id, "all", "--capture", order.capture, "--json"))
    assert.strictEqual(rest.amount, 4420)
  })

  it("previews with every violation and what is left, and changes nothing", async () => {
    const order = await registered()
    const before = await asJson(ada("verify", "--json"))
    const good = await words(ada("preview", order.id, "19.99", "--capture", order.capture))
    assert.include(good.out, "Would be accepted, as 1 refund:")
    assert.match(good.out, /^order +49\.20 +29\.21 +49\.20 USD collected$/m)
    assert.match(good.out, new RegExp(`^capture ${order.capture} +49\\.20 +29\\.21 +49\\.20 USD collected$`, "m"))

    const bad = await words(ada("preview", order.id, "50", "--capture", order.capture, "--line", "1"), 1)
    assert.include(bad.out, "Would be rejected, for 2 reasons:")
    assert.match(bad.out, /ExceedsCaptured +Requested 50\.00 USD of 49\.20 USD refundable on capture/)
    assert.match(bad.out, /ExceedsComponent +Requested 50\.00 USD of 43\.20 USD refundable for line:1/)
    assert.match(bad.out, /^line:1 +43\.20 +43\.20 USD charged$/m)

    const json = await asJson(ada("preview", order.id, "50", "--capture", order.capture, "--line", "1", "--json"), 1)
    assert.isFalse(json.accepted)
    assert.deepStrictEqual(
      json.violations.map((each: { code: string }) => each.code),
      ["ExceedsCaptured", "ExceedsComponent"]
    )
    assert.strictEqual(json.before.refundable, 4920)
    assert.deepStrictEqual(await asJson(ada("verify", "--json")), before)
  })

  it("says no with the whole problem: exit code 1, words on standard error, JSON on standard output", async () => {
    const order = await registered()
    const over = await words(ada("request", order.id, "50", "--capture", order.capture), 1)
    assert.strictEqual(over.out, "")
    assert.include(over.err, "ExceedsCaptured  Requested 50.00 USD of 49.20 USD refundable")
    const problem = await asJson(ada("request", order.id, "50", "--capture", order.capture, "--json"), 1)
    assert.deepInclude(problem, { type: "/problems/exceeds-captured", status: 422, code: "ExceedsCaptured" })
    assert.deepInclude(problem.violations[0], { captureId: order.capture, requested: 5000, refundable: 4920 })

    for (const [args, code] of [
      [["request", order.id, "1.999"], "AmountTooPrecise"],
      [["request", order.id, "0"], "AmountNotPositive"],
      [["request", order.id, "-1"], "AmountNotPositive"],
      [["request", "no-such-order", "1"], "OrderNotFound"],
      [["order", "show", "x".repeat(300)], "OrderNotFound"],
      [["request", order.id, "1", "--capture", "none"], "CaptureNotFound"],
      [["request", order.id, "1", "--settled", "--settled-at", "yesterday"], "Malformed"],
      [["show", "01890000-0000-7000-8000-000000000000"], "RefundNotFound"],
      [["show", "nonsense"], "RefundNotFound"],
      [["approve", "nonsense"], "RefundNotFound"],
      [["list", "--limit", "0"], "Malformed"]
    ] as const) {
      const [first, ...rest] = args
      assert.strictEqual((await asJson(ada(first, "--json", ...rest), 1)).code, code)
    }
  })

  it("tells what is used wrongly: exit code 2, nothing on standard output", async () => {
    const order = await registered()
    const notJson = join(scratch, "not.json")
    writeFileSync(notJson, '{"a":1,"a":2}')
    const noId = join(scratch, "noid.json")
    writeFileSync(noId, "{}")
    for (const args of [
      [],
      ["order"],
      ["refnd"],
      ["request", order.id],
      ["request", order.id, "1", "2"],
      ["request", order.id, "1,00"],
      ["request", order.id, "1e2"],
      ["request", order.id, "abc"],
      ["request", order.id, "9".repeat(30)],
      ["request", order.id, "1", "--type", "other"],
      ["request", order.id, "1", "--wait", "31"],
      ["request", order.id, "1", "--metadata", "{"],
      ["request", order.id, "1", "--currency", "usd"],
      ["request", order.id, "1", "--amount"],
      ["list", "--state", "paid"],
      ["order", "put", join(scratch, "missing.json")],
      ["order", "put", notJson],
      ["order", "put", noId],
      ["keys", "create", "eve"],
      ["keys", "create", "eve", "--permission", "everything"]
    ]) {
      const { code, err, out } = await ada(...args)
      assert.deepStrictEqual([args, code, out], [args, 2, ""])
      assert.isAbove(err.length, 10)
    }
    assert.strictEqual((await asJson(ada("order", "show", order.id, "--json"))).refunds.length, 0)
  })

  it("takes consent from another person only", async () => {
    const order = await registered()
    const ask = () => asJson(ada("request", order.id, "1", "--requires-approval", "--json"))
    const { id, state } = await ask()
    assert.strictEqual(state, "pending_approval")
    assert.include((await words(ada("approve", id), 1)).err, "SelfApproval")
    assert.match((await words(bob("approve", id, "--note", "fine"))).out, new RegExp(`^Refund ${id} is `))

    const denied = await asJson(bob("deny", (await ask()).id, "--note", "too late", "--json"))
    assert.deepInclude(denied, { state: "denied", detail: "too late" })
    const canceled = await asJson(ada("cancel", (await ask()).id, "--json"))
    assert.strictEqual(canceled.state, "canceled")
    assert.include((await words(bob("approve", canceled.id), 1)).err, "StateConflict")
  })

  it("takes an approval back, and records a payment by hand", async () => {
    const order = await registered({ provider: "manual", reference: null })
    const { id } = await asJson(ada("request", order.id, "1", "--requires-approval", "--json"))
    assert.strictEqual((await asJson(bob("approve", id, "--json"))).state, "approved")
    assert.strictEqual((await asJson(bob("undo", id, "--json"))).state, "pending_approval")
    assert.strictEqual((await asJson(bob("approve", id, "--json"))).state, "approved")
    const at = "2026-11-02T10:00:00Z"
    const settled = await asJson(
      bob("settle", id, "--reference", "bank-77", "--settled-at", at, "--note", "by hand", "--json")
    )
    assert.deepInclude(settled, { state: "settled", settledBy: "bob", providerReference: "bank-77" })
  })

  /** Submitted, and answered so by the provider. */
  const answered = async (outcome: Outcome) => {
    const order = await registered({ reference: "sim_hang" })
    const { id } = await asJson(ada("request", order.id, "1", "--capture", order.capture, "--json"))
    await answerOf(place.database, id, { outcome, submits: !place.hasWorker })
    return { id: id as string, order }
  }

  it("tries a refund again that its provider declined", async () => {
    const { id } = await answered({ _tag: "declined", code: "expired_card", reference: null })
    assert.include((await words(ada("show", id))).out, `Refund ${id} is failed`)
    assert.match((await words(ada("retry", id))).out, new RegExp(`^Refund ${id} is approved`))
    const { out } = await words(ada("show", id))
    assert.match(out, /the provider declined: expired_card/)
    assert.match(out, /to be tried again/)
    assert.include((await words(ada("retry", id), 1)).err, "StateConflict")
    assert.strictEqual((await ada("retry", id, "--note", "again")).code, 2)
  })

  it("takes another person's word for what became of a refund: settled", async () => {
    const { id } = await answered({ _tag: "unknown", detail: "the line was cut" })
    const said = ["resolve", id, "--to", "settled", "--note", "on the statement", "--reference", "b-7"] as const
    assert.include((await words(ada(...said), 1)).err, "SelfApproval")
    assert.strictEqual((await bob("resolve", id, "--to", "settled")).code, 2)
    assert.strictEqual((await bob("resolve", id, "--to", "paid", "--note", "n")).code, 2)
    assert.include((await words(bob(...said.slice(0, 5), " "), 1)).err, "ReasonRequired")
    const resolved = await asJson(bob(...said, "--settled-at", "2026-11-02T10:00:00Z", "--json"))
    assert.deepInclude(resolved, { state: "settled", settledBy: "bob", providerReference: "b-7" })
    assert.match((await words(ada("show", id))).out, /bob +settled without the provider, as of .+: on the statement/)
  })

  it("tells who says that a refund was not paid, which takes two people", async () => {
    const { id } = await answered({ _tag: "unknown", detail: "the line was cut" })
    const said = ["resolve", id, "--to", "failed", "--note", "never had it", "--json"] as const
    assert.deepInclude(await asJson(bob(...said)), { state: "unknown", failureProposedBy: "bob" })
    const { out } = await words(ada("show", id))
    assert.match(out, /^not paid, says +bob$/m)
    assert.match(out, /one person says that the money did not move: never had it/)
  })

  it("undoes what was recorded by mistake, and shows the money booked both ways", async () => {
    const order = await registered()
    const { id } = await asJson(ada("request", order.id, "1", "--settled", "--json"))
    assert.include((await words(ada("reverse", id, "--note", "mistaken"), 1)).err, "SelfApproval")
    assert.strictEqual((await bob("reverse", id)).code, 2)
    const reversed = await asJson(bob("reverse", id, "--note", "the wrong order", "--json"))
    assert.deepInclude(reversed, { state: "reversed", detail: "the wrong order" })
    const { out } = await words(ada("show", id))
    assert.match(out, /^reversed +2\d{3}-/m)
    assert.match(out, /^why +the wrong order$/m)
    assert.match(out, /booked as of .+provider_clearing -1\.00 USD/)
    assert.match(out, /booked as of .+provider_clearing 1\.00 USD/)
    const { postings } = await asJson(ada("show", id, "--json"))
    assert.deepStrictEqual(
      postings.map(({ source }: { source: string }) => source),
      [`refund:${id}`, `refund:${id}`]
    )
    assert.strictEqual((await asJson(ada("verify", "--json"))).ok, true)
  })

  it("refuses a key that is none, and takes one in any script", async () => {
    const order = await registered()
    const ask = (key: string) => ada("request", order.id, "1", "--idempotency-key", key, "--json")
    for (const key of ["a\nb", "a\u0085b", "k".repeat(256)]) {
      const refused = await asJson(ask(key), 1)
      assert.deepStrictEqual([refused.code, refused.violations[0].path], ["Malformed", "Idempotency-Key"])
    }
    const { id } = await asJson(ask("Łódź 💸"))
    assert.strictEqual((await asJson(ask("Łódź 💸"))).id, id)
    assert.include((await words(ada("show", id))).out, "key Łódź 💸")
  })

  it("lists what it is asked for, page by page", async () => {
    const order = await registered()
    for (const amount of ["1", "2", "3"]) {
      await words(ada("request", order.id, amount, "--requires-approval"))
    }
    const filter = ["list", "--order", order.id, "--state", "pending_approval"]
    assert.strictEqual((await words(ada(...filter))).out.match(/pending_approval/g)?.length, 3)
    const page = await asJson(ada(...filter, "--limit", "2", "--json"))
    assert.deepStrictEqual(
      page.refunds.map((each: { amount: number }) => each.amount),
      [300, 200]
    )
    assert.include((await words(ada(...filter, "--limit", "2"))).out, `More with --cursor ${page.next}`)
    const last = await asJson(ada(...filter, "--limit", "2", "--cursor", page.next, "--json"))
    assert.deepStrictEqual(
      last.refunds.map((each: { amount: number }) => each.amount),
      [100]
    )
    assert.strictEqual((await words(ada("list", "--order", order.id, "--state", "settled"))).out, "No refunds\n")
  })

  it("tells a refund's story: who, when, why, and the journal's entries", async () => {
    const order = await registered({ provider: "manual", reference: null })
    const { id } = await asJson(
      ada(
        "request",
        order.id,
        "1",
        "--requires-approval",
        "--reason",
        "return",
        "--note",
        "two\nlines\u001b[2J",
        "--json"
      )
    )
    await words(bob("approve", id))
    await words(bob("settle", id, "--reference", "bank-1", "--note", "by hand"))
    const { out } = await words(ada("show", id))
    assert.include(out, `Refund ${id} is settled`)
    assert.match(out, /^reason +return$/m)
    assert.match(out, /^note +two\\u000alines\\u001b\[2J$/m)
    assert.match(out, /^requested +\S+ \S+ by .+ through native$/m)
    assert.match(out, /^approved +\S+ \S+ by bob$/m)
    assert.match(out, /requested 1\.00 USD, to capture \S+, pending_approval, key cli-/)
    assert.match(out, /bob +approved /)
    assert.match(out, /bob +settled without the provider, as of .+, reference bank-1: by hand/)
    const json = await asJson(ada("show", id, "--json"))
    assert.strictEqual(json.state, "settled")
    assert.deepStrictEqual(
      json.journal.map((each: { entry: { events: ReadonlyArray<{ _tag: string }> } }) => each.entry.events[0]?._tag),
      ["RefundRequested", "RefundApproved", "RefundSettled"]
    )
  })

  it("checks the books", async () => {
    const report = await asJson(ada("verify", "--json"))
    assert.deepInclude(report, { ok: true, problem: null })
    assert.strictEqual(
      (await words(ada("verify"))).out,
      `The books agree: ${entriesOf(report.entries, report.orders)}\n`
    )
  })

  it("helps with examples, on standard output", async () => {
    for (const args of [["--help"], ["request", "--help"], ["order", "put", "-h"]]) {
      const { code, err, out } = await ada(...args)
      assert.deepStrictEqual([code, err], [0, ""])
      assert.match(out, args.length > 1 ? /EXAMPLES[\s\S]+refund / : /SUBCOMMANDS/)
    }
    assert.match((await ada("--version")).out, /\d+\.\d+\.\d+/)
  })
})
