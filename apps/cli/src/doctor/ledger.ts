/** What of the ledger waits, for whom, and for how long. The same of a file as of a server. */
import { Effect } from "effect"
import type { RefundBody } from "refund-api/RefundBody"
import type { RefundState } from "refund-core/Refund"
import { type LedgerFailure, Refused } from "../failures.ts"
import type { Ledger } from "../Ledger.ts"
import { ageOf, bad, type Finding, good, look, times } from "./Finding.ts"

type Looking = Effect.Effect<Finding, LedgerFailure>

/** Pages of a state that are read to find its oldest. */
const mostPages = 10

interface Waiting {
  readonly refunds: ReadonlyArray<RefundBody>
  /** There are more, older ones. */
  readonly isCut: boolean
}

const waitingIn = Effect.fnUntraced(function* (ledger: Ledger, state: RefundState) {
  const refunds: Array<RefundBody> = []
  let cursor: string | null = null
  for (let page = 0; page < mostPages; page++) {
    const query: Parameters<Ledger["refunds"]>[0] = { state, limit: "200", ...(cursor === null ? {} : { cursor }) }
    const found: Effect.Success<ReturnType<Ledger["refunds"]>> = yield* ledger.refunds(query)
    refunds.push(...found.refunds)
    cursor = found.next
    if (cursor === null) break
  }
  return { refunds, isCut: cursor !== null } satisfies Waiting
})

const counted = ({ isCut, refunds }: Waiting): string =>
  `${isCut ? "more than " : ""}${refunds.length} ${refunds.length === 1 && !isCut ? "refund" : "refunds"}`

const oldest = (refunds: ReadonlyArray<RefundBody>): number => Math.min(...refunds.map((each) => each.updatedAt))

interface Told {
  readonly state: RefundState
  readonly about: string
  /** From this age on somebody should look; from `badAfter` on it is bad. */
  readonly lookAfter: number
  readonly badAfter: number
  readonly advice: string
}

const { day, hour, minute } = times

const states: ReadonlyArray<Told> = [
  {
    state: "unknown",
    about: "outcome unknown",
    lookAfter: 0,
    badAfter: day,
    advice: "The worker looks them up; what stays, look up at the provider, then `refund resolve`"
  },
  {
    state: "in_review",
    about: "in review",
    lookAfter: 0,
    badAfter: 3 * day,
    advice: "`refund show` says what disagrees; a person says what became of it: `refund resolve`"
  },
  {
    state: "pending_approval",
    about: "waiting for consent",
    lookAfter: 3 * day,
    badAfter: 25 * day,
    advice: "`refund list --state pending_approval`, then `refund approve` or `deny`; after 30 days they are canceled"
  },
  {
    state: "requires_action",
    about: "waiting for customers",
    lookAfter: 3 * day,
    badAfter: 25 * day,
    advice: "The provider needs the customer: ask for what it wants, or `refund list --state requires_action`"
  },
  {
    state: "failed",
    about: "declined",
    lookAfter: 0,
    badAfter: Number.POSITIVE_INFINITY,
    advice: "`refund retry` after the reason is gone, `refund cancel`, or store credit in its place"
  },
  {
    state: "submitting",
    about: "calls in flight",
    lookAfter: 5 * minute,
    badAfter: hour,
    advice: "A call takes seconds: see that a worker runs (`refund serve`, `refund worker`)"
  }
]

const waiting = (ledger: Ledger, now: number, told: Told): Looking =>
  Effect.map(waitingIn(ledger, told.state), (found) => {
    if (found.refunds.length === 0) return good(told.about, "none")
    const age = now - oldest(found.refunds)
    const text = `${counted(found)}, the oldest for ${ageOf(age)}`
    if (age >= told.badAfter || found.isCut) return bad(told.about, text, told.advice)
    return age >= told.lookAfter ? look(told.about, text, told.advice) : good(told.about, text)
  })

/** What a person or another system pays is no worker's. */
const isPaidByWorker = ({ destination, provider }: RefundBody): boolean =>
  destination === "original" && provider !== "manual" && provider !== "external"

const due = (ledger: Ledger, now: number): Looking =>
  Effect.map(waitingIn(ledger, "approved"), (all) => {
    const found = { ...all, refunds: all.refunds.filter(isPaidByWorker) }
    if (found.refunds.length === 0) return good("due", "nothing waits to be sent")
    const age = now - oldest(found.refunds)
    const text = `${counted(found)}, the oldest for ${ageOf(age)}`
    if (age < 5 * minute) return good("due", text)
    const advice = "No worker takes them up, or their provider is not answering: `refund serve` or `refund worker`"
    return age < hour ? look("due", text, advice) : bad("due", text, advice)
  })

const webhooks = (ledger: Ledger, now: number): Looking =>
  Effect.gen(function* () {
    const { endpoints } = yield* ledger.endpoints
    let dead = 0
    let late: number | null = null
    for (const { id } of endpoints) {
      dead += (yield* ledger.deliveries(id, { state: "dead", limit: "200" })).deliveries.length
      const open = (yield* ledger.deliveries(id, { state: "waiting", limit: "200" })).deliveries
      for (const { event, tries } of open) {
        if (tries > 0 || now - event.at > 5 * minute) late = Math.min(late ?? event.at, event.at)
      }
    }
    const about = "webhooks"
    if (dead > 0) {
      const advice =
        "`refund webhooks deliveries ENDPOINT --state dead` says why; `refund webhooks replay` sends them again"
      return bad(about, `${dead} ${dead === 1 ? "delivery was" : "deliveries were"} given up on`, advice)
    }
    if (late !== null) {
      const advice = "The receiver does not answer, or no worker runs: `refund webhooks deliveries ENDPOINT`"
      return look(about, `the oldest undelivered is ${ageOf(now - late)} old`, advice)
    }
    return good(about, `${endpoints.length} ${endpoints.length === 1 ? "endpoint" : "endpoints"}, nothing is late`)
  })

const inbox = (ledger: Ledger): Looking =>
  Effect.map(ledger.inbox({ state: "parked", limit: "200" }), ({ events, next }) => {
    if (events.length === 0) return good("inbox", "nothing is parked")
    const found = `${next === null ? "" : "more than "}${events.length} parked`
    return look("inbox", found, "`refund inbox list --state parked` says why; `refund inbox retry` once that is mended")
  })

const keys = (ledger: Ledger, now: number): Looking =>
  Effect.map(ledger.keys, ({ keys }) => {
    const ending = keys.filter(({ expiresAt }) => expiresAt !== null && expiresAt - now < 14 * day)
    if (ending.length === 0) return good("keys", `${keys.length} ${keys.length === 1 ? "key" : "keys"}`)
    const names = ending.map(({ name }) => name).join(", ")
    return look("keys", `${names}: expired, or soon`, "`refund keys rotate`, or `refund keys revoke` what nobody uses")
  })

/** The newest refund cannot have been asked for later than now. */
const clock = (ledger: Ledger, now: number): Looking =>
  Effect.map(ledger.refunds({ limit: "1" }), ({ refunds: [newest] }) => {
    if (newest === undefined || newest.updatedAt <= now + minute) return good("clock", new Date(now).toISOString())
    const found = `the ledger has heard of ${new Date(newest.updatedAt).toISOString()}, here it is ${new Date(now).toISOString()}`
    return bad("clock", found, "Set this machine's clock, or that of whoever wrote it: what is due is found by it")
  })

/** Each looks for itself: a key that may not see something says so, and the others go on. */
export const ledgerFindings = (ledger: Ledger, now: number) =>
  Effect.forEach(
    [
      ["clock", clock(ledger, now)],
      ["due", due(ledger, now)],
      ...states.map((told) => [told.about, waiting(ledger, now, told)] as const),
      ["webhooks", webhooks(ledger, now)],
      ["inbox", inbox(ledger)],
      ["keys", keys(ledger, now)]
    ] as ReadonlyArray<readonly [string, Looking]>,
    ([about, looking]) =>
      looking.pipe(
        Effect.catch((failure) =>
          failure instanceof Refused
            ? Effect.succeed<Finding>({ about, state: "unknown", found: failure.problem.detail, advice: null })
            : Effect.fail(failure)
        )
      )
  )
