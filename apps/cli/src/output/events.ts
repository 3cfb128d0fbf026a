/** What the ledger tells, a line each. */
import type { EventBody, EventsBody } from "refund-api/EventBody"
import { harmless, type Paint } from "./paint.ts"
import { moment, money } from "./words.ts"

type Told = Pick<EventBody, "at" | "type" | "muted" | "orderId" | "customerId" | "refund" | "details">

export const eventInWords = (event: Told, paint: Paint): string =>
  [
    moment(event.at),
    paint("bold", event.type.padEnd(width)),
    ...(event.orderId === null ? [] : [`order ${harmless(event.orderId)}`]),
    ...(event.orderId === null && event.customerId !== null ? [`customer ${harmless(event.customerId)}`] : []),
    ...about(event),
    ...(event.muted ? [paint("dim", "(kept quiet)")] : [])
  ].join("  ")

const width = "approval.requested".length

const about = ({ details, refund }: Told): ReadonlyArray<string> => {
  const { code, detail, reference } = details
  return [
    ...(refund === null ? creditOf(details) : [`refund ${refund.id}`, money(refund.amount, refund.currency)]),
    ...[code, detail, reference].flatMap((word) => (typeof word === "string" && word !== "" ? [harmless(word)] : []))
  ]
}

const creditOf = ({ amount, currency }: Told["details"]): ReadonlyArray<string> =>
  typeof amount === "number" && typeof currency === "string" ? [money(BigInt(amount), currency)] : []

export const eventsInWords = ({ events, next }: EventsBody, paint: Paint): string =>
  [
    ...(events.length === 0 ? ["Nothing new"] : events.map((event) => eventInWords(event, paint))),
    "",
    `Read on with --after ${harmless(next)}`
  ].join("\n")
