/** What happened, one line an event, as the journal has it. */
import { Result } from "effect"
import type { NotificationBody } from "refund-api/EventBody"
import type { JournalEntryBody } from "refund-api/JournalBody"
import type { Event, EventOf } from "refund-core/Event"
import { readEntry } from "refund-core/Journal"
import type { Paint } from "./paint.ts"
import { type Cell, table } from "./table.ts"
import { moment, money } from "./words.ts"

type KeptEntry = typeof JournalEntryBody.Type

type Tellings = { readonly [Tag in Event["_tag"]]: (event: EventOf<Tag>) => string }

const because = (detail: string | null): string => (detail === null || detail === "" ? "" : `: ${detail}`)
const known = (reference: string | null): string => (reference === null ? "" : `, reference ${reference}`)

/** A new kind of event does not compile until it can be told. */
const tellings: Tellings = {
  OrderRegistered: ({ orderId }) => `order ${orderId} registered`,
  DisputeRecorded: ({ dispute }) => `dispute ${dispute.id} of capture ${dispute.captureId} is ${dispute.state}`,
  RefundRequested: ({ refund, key }) =>
    [
      `requested ${money(refund.amount, refund.currency)}`,
      ...(refund.captureId === null ? [refund.destination] : [`to capture ${refund.captureId}`]),
      refund.state,
      ...(key === null ? [] : [`key ${key}`])
    ].join(", "),
  RefundApproved: ({ detail }) => `approved${because(detail)}`,
  ApprovalUndone: ({ detail }) => `approval undone${because(detail)}`,
  RefundDenied: ({ detail }) => `denied${because(detail)}`,
  RefundCanceled: ({ detail }) => `canceled${because(detail)}`,
  RefundRedacted: ({ detail }) => `what was written about it removed${because(detail)}`,
  OrderRedacted: ({ detail }) => `what the order said of people removed${because(detail)}`,
  AttemptStarted: ({ attemptId }) => `attempt ${attemptId} started`,
  OutcomeLost: ({ detail }) => `no answer${because(detail)}`,
  AttemptNotSent: ({ detail }) => `not sent, will be tried again${because(detail)}`,
  RefundPending: ({ reference }) => `the provider accepted it and will tell later${known(reference)}`,
  ActionRequired: ({ reference }) => `the provider needs the customer${known(reference)}`,
  RefundDeclined: ({ code, reference }) => `the provider declined: ${code}${known(reference)}`,
  ReviewNeeded: ({ detail }) => `a person must look at it${because(detail)}`,
  RefundRetried: ({ detail }) => `to be tried again${because(detail)}`,
  FailureProposed: ({ detail }) => `one person says that the money did not move${because(detail)}`,
  FailureOvertaken: () => "that one person said so counts no more: it was sent again, or the provider has it",
  RefundResolved: ({ detail, to }) => `resolved: ${to}${because(detail)}`,
  RefundReconciled: ({ effectiveAt, reference, report }) =>
    `seen on ${report} as of ${moment(effectiveAt)}${known(reference)}`,
  RefundReversed: ({ detail, reference }) => `reversed${known(reference)}${because(detail)}`,
  RefundSettled: ({ attemptId, detail, effectiveAt, reference }) =>
    `settled ${attemptId === null ? "without the provider, " : ""}as of ${moment(effectiveAt)}${known(reference)}${because(detail)}`,
  CreditPosted: ({ amount, currency, customerId }) => `customer ${customerId} credited ${money(amount, currency)}`,
  CreditReversed: ({ amount, currency, customerId }) =>
    `customer ${customerId} no longer credited ${money(amount, currency)}`,
  CreditSpent: ({ amount, captureId, currency, orderId }) =>
    `${money(amount, currency)} of credit paid for order ${orderId}, as capture ${captureId}`,
  CreditExpired: ({ amount, before, currency }) =>
    `${money(amount, currency)} of credit good until ${moment(before)} expired`,
  Posted: ({ bookedAt, currency, lines }) =>
    `booked as of ${moment(bookedAt)}: ${lines.map(({ account, amount }) => `${account} ${money(amount, currency)}`).join(", ")}`,
  DeductionNetted: ({ amount, intoId }) => `${amount} minor units deducted from refund ${intoId}`,
  DeductionRealised: ({ amount, intoId }) => `${amount} minor units kept from refund ${intoId}`,
  DeductionReleased: ({ amount, intoId }) => `${amount} minor units no longer deducted from refund ${intoId}`,
  PeriodClosed: ({ before }) => `books before ${moment(before)} closed`,
  PolicySet: ({ version }) => `policy version ${version} set`,
  ProvidersSet: ({ providers }) => `accounts at providers set: ${accountsInWords(providers)}`,
  KeyCreated: ({ key }) => `key ${key.name} made`,
  KeyRevoked: () => "key revoked",
  KeyRotated: ({ key, until }) => `key ${key.name} given a new secret, the old one good until ${moment(until)}`,
  EndpointSet: ({ endpoint }) =>
    `webhook endpoint ${endpoint.id} set: ${endpoint.events.join(", ")} to ${endpoint.url}`,
  EndpointRemoved: ({ endpointId }) => `webhook endpoint ${endpointId} removed`
}

const accountsInWords = (providers: Readonly<Record<string, string>>): string =>
  Object.entries(providers)
    .map(([provider, account]) => `${provider} ${account}`)
    .join(", ") || "the server's own"

const tell = (event: Event): string => (tellings[event._tag] as (event: Event) => string)(event)

/** `about`: of which refund, order, dispute or account each line is, where they are of several. */
export const storyInWords = (
  journal: ReadonlyArray<KeptEntry>,
  notifications: ReadonlyArray<NotificationBody>,
  paint: Paint,
  { about = false }: { readonly about?: boolean } = {}
): string =>
  table(
    [
      { name: "#", right: true },
      { name: "when" },
      { name: "who" },
      ...(about ? [{ name: "about" }] : []),
      { name: "what happened" },
      { name: "entry's hash" }
    ],
    journal.flatMap((entry) =>
      rowsOf(
        entry,
        notifications.filter(({ chain, sequence }) => chain === entry.chain && sequence === entry.seq),
        about
      )
    ),
    paint
  )

const rowsOf = (
  { entry, hash, seq }: KeptEntry,
  notifications: ReadonlyArray<NotificationBody>,
  about: boolean
): ReadonlyArray<ReadonlyArray<Cell>> => {
  const read = readEntry(JSON.stringify(entry))
  const more = about ? [""] : []
  if (Result.isFailure(read)) return [[String(seq), "", "", ...more, read.failure, hash.slice(0, 12)]]
  const { events, stamp } = read.success
  const happened = events.map((event, index) => {
    const first = index === 0
    return [
      first ? String(seq) : "",
      first ? moment(stamp.at) : "",
      first ? stamp.by : "",
      ...(about ? [aboutOf(event)] : []),
      tell(event),
      first ? hash.slice(0, 12) : ""
    ]
  })
  return [...happened, ...notifications.map((each) => ["", "", "", ...more, told(each), ""])]
}

/** What of the chain an event is about; empty where that is the chain itself. */
const aboutOf = (event: Event): string => {
  if (event._tag === "RefundRequested") return `refund ${event.refund.id}`
  if (event._tag === "DisputeRecorded") return `dispute ${event.dispute.id}`
  if (event._tag === "Posted") return event.source.replace(":", " ")
  if ("refundId" in event) return `refund ${event.refundId}`
  return "orderId" in event ? `order ${event.orderId}` : ""
}

const told = ({ muted, type }: NotificationBody): Cell => ({
  text: muted ? `kept quiet: ${type}` : `told: ${type}`,
  style: "dim"
})
