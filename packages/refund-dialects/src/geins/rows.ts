/** The order rows that a refund draws on, in Geins' figures. */
import { componentRefundable, findComponent, type Line, orderRefundable } from "refund-core/Order"
import type { OrderView } from "refund-core/ports/LedgerReader"
import type { Refund } from "refund-core/Refund"
import { writeDecimal } from "../decimals.ts"
import { NumberText } from "../NumberText.ts"
import { known } from "./known.ts"
import type * as wire from "./wire.ts"

/** Ids are int32 at Geins: one that is none is not shown. */
export const toInt32 = (id: string): NumberText | null =>
  /^(?:0|[1-9][0-9]{0,9})$/.test(id) && Number(id) <= 2_147_483_647 ? new NumberText(id) : null

export const rowsOf = (group: ReadonlyArray<Refund>, view: OrderView): ReadonlyArray<wire.OrderRow> => {
  const drawnOn = new Set(group.flatMap((refund) => refund.shares.map((share) => share.component)))
  return (view.registration.lines ?? []).flatMap((line) => (drawnOn.has(`line:${line.id}`) ? [rowOf(line, view)] : []))
}

const rowOf = (line: Line, { head, registration, texts }: OrderView): wire.OrderRow => {
  const { discount = 0n, id, tax = 0n } = line
  const component = findComponent(head, `line:${id}`)
  const price = component?.charged ?? 0n
  const left = component === undefined ? 0n : componentRefundable(component)
  const all = orderRefundable(head)
  const names = texts?.lines ?? {}
  return {
    Price: writeDecimal(price, head.currency),
    PriceExVat: writeDecimal(price - tax, head.currency),
    Discount: writeDecimal(discount, head.currency),
    SuggestedRefundAmount: writeDecimal(left < all ? left : all, head.currency),
    PriceBeforeDiscount: writeDecimal(line.amount + (registration.taxIncluded ? 0n : tax), head.currency),
    ...known({ OrderRowId: toInt32(id), Name: Object.hasOwn(names, id) ? (names[id] ?? null) : null })
  }
}
