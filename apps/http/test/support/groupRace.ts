/** T03: requests that race for an order whose money came by three captures, so that a request is a group of refunds. */
import { assert } from "vitest"
import { payment } from "./call.ts"
import type { ServerProcess } from "./process.ts"
import type { racing } from "./race.ts"

const captured = [34, 33, 33] as const
const total = 100

interface Shown {
  readonly held: number
  readonly refunded: number
  readonly refundable: number
  readonly captures: ReadonlyArray<{ readonly id: string; readonly held: number; readonly refunded: number }>
  readonly refunds: ReadonlyArray<{ readonly captureId: string; readonly amount: number }>
}

const ofThree = (order: string) => {
  const { captures, currency } = payment(order, 0)
  return { currency, captures: captured.map((amount, index) => ({ ...captures[0], id: `${order}-${index}`, amount })) }
}

/** `asked` requests of `each` at once, all over the servers: as many are accepted as there is money for, to the last cent. */
export const raceForThree = async (
  servers: ReadonlyArray<ServerProcess>,
  { send }: Pick<ReturnType<typeof racing>, "send">,
  { asked, each, name }: { readonly asked: number; readonly each: number; readonly name: string }
): Promise<void> => {
  const at = (index: number) => `${servers[index % servers.length]!.url}/v1/orders/${name}`
  assert.strictEqual((await send("PUT", at(0), ofThree(name))).status, 201)
  const replies = await Promise.all(
    Array.from({ length: asked }, (_, index) =>
      send("POST", `${at(index)}/refunds`, { amount: each }, { "idempotency-key": `${name}-${index}` })
    )
  )
  const statuses = replies.map(({ status }) => status)
  const most = Math.floor(total / each)
  assert.strictEqual(statuses.filter((status) => status === 201).length, most, statuses.join(" "))
  assert.strictEqual(statuses.filter((status) => status === 422).length, asked - most, statuses.join(" "))

  const shown: Shown = JSON.parse((await send("GET", at(1))).text)
  assert.strictEqual(shown.held + shown.refunded, most * each)
  assert.strictEqual(shown.refundable, total - most * each)
  captured.forEach((amount, index) => {
    const capture = shown.captures.find(({ id }) => id === `${name}-${index}`)!
    const given = shown.refunds.filter(({ captureId }) => captureId === capture.id)
    const sum = given.reduce((sum, refund) => sum + refund.amount, 0)
    assert.strictEqual(capture.held + capture.refunded, sum)
    assert.isAtMost(sum, amount)
  })
}
