import { ok } from "node:assert"
import { it } from "@effect/vitest"
import type { Command } from "refund-core/Command"
import { orderRefundable } from "refund-core/Order"
import { approve, begin, cancel, declined, deny, paid, refundId, register, request, told } from "refund-testkit/build"
import { explore } from "refund-testkit/explore"
import { after, type OneOrder, step } from "refund-testkit/oneOrder"

const id = refundId(1)
const asked = after(register(), request({ amount: 60n, id, requiresApproval: true }))
const moves: ReadonlyArray<Command> = [
  approve(id),
  deny(id),
  cancel(id),
  begin(id),
  told(id, paid(60n)),
  told(id, declined)
]

it("never leaves more, or less, than was collected", () => {
  const explored = explore<OneOrder, Command>({
    start: asked,
    moves: () => moves,
    next: (ledger, move) => {
      const { after } = step(ledger, move)
      return after === ledger ? null : after
    },
    key: ({ refunds }) => [...refunds.values()].map(({ state }) => state).join(),
    check: ({ order }) =>
      order !== null && orderRefundable(order) <= order.collected ? null : "more is left than was taken"
  })
  ok(
    explored._tag === "held" && explored.isComplete,
    JSON.stringify(explored, (_, value) => String(value))
  )
})
