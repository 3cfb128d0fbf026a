import { afterAll, assert, beforeAll, describe, it } from "vitest"
import { example } from "./support/orders.ts"
import { places } from "./support/places.ts"
import { refund } from "./support/refund.ts"

describe.each(places)("lists and books %s", (_, open) => {
  let place: Awaited<ReturnType<typeof open>>
  const order = example()
  const amounts = [3, 1, 7, 5]
  beforeAll(async () => {
    place = await open()
    await refund(["order", "put", "-", ...place.flags], { env: place.ada, input: order.json })
    for (const amount of amounts) {
      await ada("request", order.id, String(amount), "--capture", order.capture, "--requires-approval")
    }
  })
  afterAll(() => place.stop())
  const ada = (...args: ReadonlyArray<string>) => refund([...args, ...place.flags], { env: place.ada })
  const listed = async (...args: ReadonlyArray<string>) => {
    const { code, err, out } = await ada("list", "--json", ...args)
    assert.strictEqual(code, 0, err)
    const { next, refunds } = JSON.parse(out)
    return { next, amounts: refunds.map((each: { amount: number }) => each.amount / 100) }
  }

  it("have every page, each refund once, in the order that is wanted", async () => {
    assert.deepStrictEqual(await listed("--all", "--limit", "1"), { next: null, amounts: [5, 7, 1, 3] })
    assert.deepStrictEqual(await listed("--all", "--limit", "3", "--sort", "amount"), {
      next: null,
      amounts: [7, 5, 3, 1]
    })
    assert.deepStrictEqual(await listed("--sort", "oldest"), { next: null, amounts })
    const page = await listed("--limit", "2")
    assert.deepStrictEqual(page.amounts, [5, 7])
    assert.deepStrictEqual((await listed("--limit", "2", "--cursor", page.next)).amounts, [1, 3])
  })

  it("are watched only on a terminal", async () => {
    const { code, err, out } = await ada("list", "--watch")
    assert.strictEqual(code, 2)
    assert.strictEqual(out, "")
    assert.include(err, "--watch draws on a terminal")
  })

  it("show every entry of an order, and what was booked, by debit and credit", async () => {
    const { id } = order
    const credited = await ada("request", id, "2", "--destination", "store_credit")
    assert.strictEqual(credited.code, 0, credited.err)
    const shown = await ada("journal", "show", id)
    assert.strictEqual(shown.code, 0, shown.err)
    assert.match(shown.out, /order A-\d+ registered/)
    assert.match(shown.out, /requested 3\.00 USD/)
    assert.match(shown.out, /^ *debit|debit +credit/m)
    const json = JSON.parse((await ada("journal", "show", id, "--json")).out)
    const sum = json.postings.flatMap((each: { lines: ReadonlyArray<{ amount: number }> }) => each.lines)
    assert.isAbove(sum.length, 0)
    assert.strictEqual(
      sum.reduce((all: number, { amount }: { amount: number }) => all + amount, 0),
      0
    )
    const account = await ada("journal", "show", "--customer", "c-7", "--currency", "USD")
    assert.include(account.out, "credited 2.00 USD")
    assert.strictEqual((await ada("journal", "show", "--settings")).code, 0)
    assert.strictEqual((await ada("journal", "show", "none")).code, 1)
    for (const wrong of [[], [id, "--settings"], ["--customer", "c-7"], ["--currency", "USD"]]) {
      assert.strictEqual((await ada("journal", "show", ...wrong)).code, 2, wrong.join(" "))
    }
  })
})
