import { afterAll, assert, beforeAll, describe, it } from "vitest"
import { example } from "./support/orders.ts"
import { places } from "./support/places.ts"
import { type Around, refund } from "./support/refund.ts"

describe.each(places)("several refunds at once %s", (_, open) => {
  let place: Awaited<ReturnType<typeof open>>
  beforeAll(async () => {
    place = await open()
  })
  afterAll(() => place.stop())

  const as = (env: Around["env"], args: ReadonlyArray<string>, around: Around = {}) =>
    refund([...args, ...place.flags], { ...around, ...(env === undefined ? {} : { env }) })

  /** So many refunds of a dollar, 2, 3 …, that wait for consent. */
  const waiting = async (number: number): Promise<ReadonlyArray<string>> => {
    const order = example()
    await as(place.ada, ["order", "put", "-"], { input: order.json })
    const ids: Array<string> = []
    for (let n = 1; n <= number; n++) {
      const made = await as(place.ada, [
        ...["request", order.id, String(n), "--capture", order.capture, "--requires-approval", "--json"]
      ])
      assert.strictEqual(made.code, 0, made.err)
      ids.push(JSON.parse(made.out).id)
    }
    return ids
  }
  const statesOf = async (ids: ReadonlyArray<string>) => {
    const shown = await Promise.all(ids.map((id) => as(place.bob, ["show", id, "--json"])))
    return shown.map(({ out }) => JSON.parse(out).state as string)
  }

  it("are shown and asked about at a terminal, and left alone without a yes", async () => {
    const ids = await waiting(3)
    for (const says of ["", "n", "no", "yikes"]) {
      const no = await as(place.bob, ["approve", ...ids], { isTTY: true, says })
      assert.strictEqual(no.code, 1)
      assert.strictEqual(no.out, "")
      for (const id of ids) assert.include(no.err, id)
      assert.include(no.err, "Approve 3 refunds, 6.00 USD? [y/N]")
      assert.include(no.err, "Nothing was done")
    }
    assert.deepStrictEqual(
      await statesOf(ids),
      ids.map(() => "pending_approval")
    )

    const yes = await as(place.bob, ["deny", ...ids, "--note", "not so"], { isTTY: true, says: "y" })
    assert.strictEqual(yes.code, 0, yes.err)
    assert.include(yes.err, "Deny 3 refunds, 6.00 USD? [y/N]")
    assert.deepStrictEqual(
      await statesOf(ids),
      ids.map(() => "denied")
    )
  })

  it("are decided without a question only where --yes says so", async () => {
    const ids = await waiting(2)
    const unasked = await as(place.bob, ["approve", ...ids])
    assert.strictEqual(unasked.code, 2)
    assert.include(unasked.err, "add --yes")
    assert.deepStrictEqual(
      await statesOf(ids),
      ids.map(() => "pending_approval")
    )
    const done = await as(place.bob, ["approve", ...ids, "--yes", "--json"])
    assert.strictEqual(done.code, 0, done.err)
    assert.deepInclude(JSON.parse(done.out), { rejected: [] })
    assert.deepStrictEqual(
      JSON.parse(done.out).decided.map((each: { id: string }) => each.id),
      ids
    )
  })

  it("T46: each is decided for itself: one's own is refused, the others are not", async () => {
    const [one = "", two = ""] = await waiting(2)
    const nobody = "0191f5a7-44d3-7430-8739-000000000000"
    const own = await as(place.ada, ["approve", one, two, "--yes"])
    assert.strictEqual(own.code, 1)
    assert.include(own.err, "SelfApproval")
    assert.deepStrictEqual(await statesOf([one, two]), ["pending_approval", "pending_approval"])
    const mixed = await as(place.bob, ["approve", one, nobody, two, one, "--yes", "--json"])
    assert.strictEqual(mixed.code, 1)
    const { decided, rejected } = JSON.parse(mixed.out)
    assert.deepStrictEqual(
      decided.map((each: { id: string }) => each.id),
      [one, two]
    )
    assert.deepStrictEqual(
      rejected.map((each: { id: string; problem: { code: string } }) => [each.id, each.problem.code]),
      [[nobody, "RefundNotFound"]]
    )
  })
})
