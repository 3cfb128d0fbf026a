/** An order in words: what was taken, what went back, what is left. */
import type { OrderViewBody, PreviewBody } from "refund-api/OrderViewBody"
import type { RefundBody } from "refund-api/RefundBody"
import { harmless, type Paint } from "./paint.ts"
import { type Cell, table } from "./table.ts"
import { decimal, moment, stateCell } from "./words.ts"

type Figures = NonNullable<PreviewBody["before"]>

const right = (name: string) => ({ name, right: true }) as const

export const orderInWords = (order: OrderViewBody, paint: Paint): string => {
  const { currency, customerId, id, refunds } = order
  const customer = customerId === null ? "a guest" : `customer ${harmless(customerId)}`
  return [
    `${paint("bold", `Order ${harmless(id)}`)}, ${customer}, amounts in ${currency}`,
    figures(order, paint),
    ...(order.components.length > 0 ? [components(order, paint)] : []),
    refunds.length > 0 ? refundTable(refunds, paint) : "No refunds yet"
  ].join("\n\n")
}

const figures = (order: Figures, paint: Paint): string => {
  const amount = (value: bigint) => decimal(value, order.currency)
  const row = (name: string, of: Figures | Figures["captures"][number]): ReadonlyArray<Cell> => [
    name,
    amount(of.collected),
    amount(of.refunded),
    amount(of.held),
    amount(of.disputed),
    { text: amount(of.refundable), style: "bold" },
    of.excess > 0n ? { text: `${amount(of.excess)} beyond`, style: "red" } : ""
  ]
  return table(
    [
      { name: "" },
      right("collected"),
      right("refunded"),
      right("held"),
      right("disputed"),
      right("refundable"),
      { name: "" }
    ],
    [row("order", order), ...order.captures.map((capture) => row(captureName(capture), capture))],
    paint
  )
}

const captureName = ({ capturedAt, id, provider, tender }: Figures["captures"][number]): string =>
  `capture ${id}, ${tender}, ${provider}${capturedAt === null ? ", only authorized" : ""}`

const components = (order: Figures, paint: Paint): string => {
  const amount = (value: bigint) => decimal(value, order.currency)
  return table(
    [{ name: "part" }, right("charged"), right("refunded"), right("held"), right("refundable")],
    order.components.map(({ charged, held, id, refundable, refunded }) => [
      id,
      amount(charged),
      amount(refunded),
      amount(held),
      amount(refundable)
    ]),
    paint
  )
}

export const refundTable = (refunds: ReadonlyArray<RefundBody>, paint: Paint): string =>
  table(
    [
      { name: "refund" },
      { name: "state" },
      right("amount"),
      { name: "" },
      { name: "type" },
      { name: "to" },
      { name: "order" },
      { name: "requested" }
    ],
    refunds.map((refund) => [
      refund.id,
      stateCell(refund.state),
      decimal(refund.amount, refund.currency),
      refund.currency,
      refund.type,
      refund.captureId === null ? refund.destination : `capture ${refund.captureId}`,
      refund.orderId,
      moment(refund.createdAt)
    ]),
    paint
  )

/** What is left to refund, before and after, and why no more: the order, each capture, each part. */
export const leftInWords = (
  before: Figures,
  after: Figures | null,
  left: PreviewBody["left"],
  paint: Paint
): string => {
  const amount = (value: bigint) => decimal(value, before.currency)
  const row = (
    name: string,
    now: bigint,
    then: bigint | undefined,
    known: { readonly refundable: bigint; readonly why: string } | undefined
  ): ReadonlyArray<Cell> => [
    name,
    amount(known?.refundable ?? now),
    then === undefined ? "" : { text: amount(then), style: then === now ? "dim" : "bold" },
    { text: known?.why ?? "", style: "dim" }
  ]
  const named = (all: ReadonlyArray<{ readonly id: string; readonly refundable: bigint; readonly why: string }> = []) =>
    new Map(all.map((each) => [each.id, each]))
  const captures = named(left?.captures)
  const components = named(left?.components)
  return table(
    [
      { name: `left to refund, ${before.currency}` },
      right("now"),
      right(after === null ? "" : "after"),
      { name: "why" }
    ],
    [
      row("order", before.refundable, after?.refundable, left?.order),
      ...before.captures.map((each) => {
        const then = after?.captures.find(({ id }) => id === each.id)?.refundable
        return row(`capture ${each.id}`, each.refundable, then, captures.get(each.id))
      }),
      ...before.components.map((each) => {
        const then = after?.components.find(({ id }) => id === each.id)?.refundable
        return row(each.id, each.refundable, then, components.get(each.id))
      })
    ],
    paint
  )
}
