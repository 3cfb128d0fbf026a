/** What refunds are looked for by, wherever several are read. */
import { Flag } from "effect/cli"
import { Destination, RefundState, RefundType } from "refund-core/Refund"
import { timeFlag } from "./times.ts"

export const only = (name: string, metavar: string, description: string) =>
  Flag.String(name).pipe(Flag.withMetavar(metavar), Flag.withDescription(description), Flag.optional)

export const refundFilters = {
  state: Flag.Literals("state", RefundState.literals).pipe(
    Flag.withDescription("Only those in this state"),
    Flag.optional
  ),
  type: Flag.Literals("type", RefundType.literals).pipe(Flag.withDescription("Only those of this type"), Flag.optional),
  destination: Flag.Literals("destination", Destination.literals).pipe(
    Flag.withDescription("Only those that go there"),
    Flag.optional
  ),
  orderId: only("order", "<id>", "Only those of this order"),
  captureId: only("capture", "<id>", "Only those to this capture"),
  customerId: only("customer", "<id>", "Only those of this customer"),
  createdAfter: timeFlag("after", "Only those requested on this day or at this time, or later"),
  createdBefore: timeFlag("before", "Only those requested earlier")
}
