/** T09: spends that race for one customer's store credit, at one server or several. */
import { assert } from "vitest"
import { payment } from "./call.ts"
import type { racing } from "./race.ts"

type Send = ReturnType<typeof racing>["send"]

interface Account {
  readonly balance: number
  readonly spendable: number
  readonly lots: ReadonlyArray<{ readonly amount: number }>
  readonly entries: ReadonlyArray<{ readonly what: string; readonly amount: number; readonly balance: number }>
}

export const creditRacing = (send: Send) => {
  const credited = async (url: string, customer: string, amount: number) => {
    const order = `${customer}-bought`
    await send("PUT", `${url}/v1/orders/${order}`, { ...payment(order, 10_000), customerId: customer })
    const body = { amount, destination: "store_credit" }
    const made = await send("POST", `${url}/v1/orders/${order}/refunds`, body, { "idempotency-key": order })
    assert.strictEqual(made.status, 201, made.text)
  }

  const ordering = async (url: string, customer: string, order: string) => {
    const registered = await send("PUT", `${url}/v1/orders/${order}`, {
      currency: "USD",
      customerId: customer,
      captures: []
    })
    assert.strictEqual(registered.status, 201, registered.text)
  }

  const spend = (url: string, customer: string, order: string, amount: number) =>
    send("POST", `${url}/v1/customers/${customer}/credit/spend`, {
      id: `${order}-credit`,
      orderId: order,
      amount,
      currency: "USD"
    })

  const accountOf = async (url: string, customer: string): Promise<Account> => {
    const { balances } = JSON.parse((await send("GET", `${url}/v1/customers/${customer}/credit`)).text)
    return balances[0]
  }

  const isSound = ({ balance, entries, lots }: Account) => {
    assert.strictEqual(
      lots.reduce((sum, lot) => sum + lot.amount, 0),
      balance
    )
    assert.strictEqual(
      entries.reduce((sum, entry) => sum + entry.amount, 0),
      balance
    )
    for (const entry of entries) assert.isAtLeast(entry.balance, 0)
  }

  /** 50 orders of one customer, each to be paid with 60 of a balance of 100. */
  const race = async (at: (index: number) => string, round: number) => {
    const customer = `c-${round}`
    await credited(at(round), customer, 100)
    const orders = Array.from({ length: 50 }, (_, index) => `${customer}-o-${index}`)
    await Promise.all(orders.map((order, index) => ordering(at(index), customer, order)))
    const replies = await Promise.all(orders.map((order, index) => spend(at(index + round), customer, order, 60)))
    const statuses = replies.map(({ status }) => status)
    assert.strictEqual(statuses.filter((status) => status === 201).length, 1, `round ${round}: ${statuses.join(" ")}`)
    assert.strictEqual(statuses.filter((status) => status === 422).length, 49, `round ${round}: ${statuses.join(" ")}`)
    const account = await accountOf(at(round), customer)
    assert.deepInclude(account, { balance: 40, spendable: 40 })
    isSound(account)
  }

  /** What is spent, what is credited meanwhile, and what is given back of what was spent. */
  const mixed = async (at: (index: number) => string) => {
    const customer = "mixed"
    await credited(at(0), customer, 100)
    const orders = Array.from({ length: 30 }, (_, index) => `m-${index}`)
    await Promise.all(orders.map((order, index) => ordering(at(index), customer, order)))
    const spending = orders.map(async (order, index) => {
      const spent = await spend(at(index), customer, order, 9)
      if (spent.status !== 201) return { spent: 0, back: 0 }
      const body = { amount: 4, captureId: `${order}-credit` }
      const given = await send("POST", `${at(index + 1)}/v1/orders/${order}/refunds`, body, {
        "idempotency-key": order
      })
      assert.strictEqual(given.status, 201, given.text)
      return { spent: 9, back: 4 }
    })
    const crediting = Array.from({ length: 20 }, async (_, index) => {
      const body = { amount: 3, destination: "store_credit" }
      const path = `${at(index)}/v1/orders/${customer}-bought/refunds`
      const made = await send("POST", path, body, { "idempotency-key": `credit-${index}` })
      assert.strictEqual(made.status, 201, made.text)
    })
    const [outcomes] = await Promise.all([Promise.all(spending), Promise.all(crediting)])
    const spent = outcomes.reduce((sum, each) => sum + each.spent - each.back, 0)
    const account = await accountOf(at(0), customer)
    console.log(`${outcomes.filter((each) => each.spent > 0).length} of 30 spent; ${account.balance} are left`)
    assert.strictEqual(account.balance, 100 + 20 * 3 - spent)
    assert.isAtLeast(account.balance, 0)
    isSound(account)
  }

  /** The same spend 50 times at once is one. */
  const same = async (at: (index: number) => string) => {
    await credited(at(0), "c", 100)
    await ordering(at(0), "c", "o")
    const replies = await Promise.all(Array.from({ length: 50 }, (_, index) => spend(at(index), "c", "o", 60)))
    const statuses = replies.map(({ status }) => status).toSorted()
    assert.deepStrictEqual(statuses, [...Array(49).fill(200), 201])
    assert.strictEqual((await accountOf(at(0), "c")).balance, 40)
  }

  return { race, mixed, same }
}
