/**
 * Sends what the ledger tells to whoever listens: signed, at least once, for one order one after the other. What is not
 * taken is sent again 16 times in 24 hours, then it is dead until somebody asks for it.
 */
import { Cause, Clock, Effect, Fiber, FiberSet, Latch, Layer, Option, Schedule } from "effect"
import { type Addressee, Deliveries, type DueDelivery } from "refund-core/ports/Deliveries"
import { Watch } from "refund-core/ports/Watch"
import { type Bulkhead, makeBulkhead } from "./Bulkhead.ts"
import { makePost, type NoReceipt, type Post } from "./post.ts"
import { reasonOf } from "./redacted.ts"
import { repeatedly } from "./repeatedly.ts"
import { type Form, signatureHeaders, standard } from "./standardForm.ts"
import { Trail } from "./Trail.ts"

const second = 1_000
const minute = 60 * second
const hour = 60 * minute

/** How long to wait after each try that failed; after the last of them there is no other. 24 hours in all. */
export const retryAfter: ReadonlyArray<number> = [
  ...[5 * second, 25 * second, 90 * second],
  ...[3 * minute, 5 * minute, 10 * minute, 15 * minute, 25 * minute],
  ...[hour, 2 * hour, 2 * hour, 3 * hour, 3 * hour, 4 * hour, 4 * hour, 4 * hour]
]

export interface NotifierOptions {
  /** Forms beside `standard`, by the name that endpoints use: vendors' own. */
  readonly forms: Readonly<Record<string, Form>>
  /** Loopback and private addresses may be receivers. */
  readonly toPrivate: boolean
  /** Absent: HTTP. */
  readonly post?: Post
  /** How many are sent to one endpoint at once. */
  readonly concurrency: number
  /** A receiver that has not answered by then has not taken it. */
  readonly callMilliseconds: number
  /** As the store's: what waited longer than half of it here is left to whoever takes it next. */
  readonly leaseMilliseconds: number
  /** How often to look for what happened since. */
  readonly pollMilliseconds: number
  /** How long a stop waits for calls in flight. */
  readonly graceMilliseconds: number
}

export const defaults: NotifierOptions = {
  forms: {},
  toPrivate: false,
  concurrency: 8,
  callMilliseconds: 10_000,
  leaseMilliseconds: 60_000,
  pollMilliseconds: 500,
  graceMilliseconds: 1_000
}

const readsAtMost = 500
const takesAtMost = 64

/** Works as long as the layer's scope lasts. What is cut off is sent again when its lease has run out. */
export const layer = (options: Partial<NotifierOptions> = {}) =>
  Layer.effectDiscard(notify({ ...defaults, ...options }))

const notify = Effect.fnUntraced(function* (options: NotifierOptions) {
  const deliveries = yield* Deliveries
  const watch = yield* Watch
  const deliver = yield* makeDelivering(options)
  const sending = yield* FiberSet.make<void>()
  const lanes = new Map<string, { readonly to: Addressee; readonly lane: Bulkhead }>()
  /** Opened when one is through: its order's next one may be due. */
  const through = yield* Latch.make(false)

  const laneOf = ({ endpointId, tenant }: DueDelivery): Bulkhead => {
    const name = JSON.stringify([tenant, endpointId])
    const known = lanes.get(name)
    if (known !== undefined) return known.lane
    const lane = makeBulkhead({ atOnce: options.concurrency, waiting: 0 })
    lanes.set(name, { to: { tenant, endpointId }, lane })
    return lane
  }
  const busy = () => [...lanes.values()].flatMap(({ lane, to }) => (lane.isFull() ? [to] : []))

  const step = Effect.gen(function* () {
    watch.looked("tell")
    yield* through.close
    const noted = yield* deliveries.fanOut(readsAtMost)
    const taken = yield* deliveries.take(takesAtMost, busy())
    const since = yield* Clock.currentTimeMillis
    for (const delivery of taken) {
      const turn = laneOf(delivery).enter(deliver(delivery, since))
      yield* FiberSet.run(sending, Effect.andThen(turn, through.open))
    }
    if (taken.length > 0 || noted === readsAtMost) return true
    yield* Effect.raceFirst(through.await, Effect.sleep(options.pollMilliseconds))
    return true
  })
  const loop = yield* Effect.forkScoped(repeatedly("Telling what happened", options.pollMilliseconds, step))
  yield* Effect.addFinalizer(
    Effect.fnUntraced(function* () {
      yield* Fiber.interrupt(loop)
      yield* Effect.timeoutOption(FiberSet.awaitEmpty(sending), options.graceMilliseconds)
      yield* FiberSet.clear(sending)
    })
  )
})

/** Sends one, and notes what came of it. Never fails. */
const makeDelivering = Effect.fnUntraced(function* (options: NotifierOptions) {
  const deliveries = yield* Deliveries
  const watch = yield* Watch
  const trail = yield* Trail
  const post = options.post ?? makePost(options)
  const forms: Readonly<Record<string, Form>> = { standard, ...options.forms }

  const send = (delivery: DueDelivery, now: number) =>
    Effect.suspend((): Effect.Effect<Answered> => {
      const { endpoint, secrets, told } = delivery
      const form = Object.hasOwn(forms, endpoint.form) ? forms[endpoint.form] : undefined
      if (form === undefined) return Effect.succeed(refused(`this server does not write in the form ${endpoint.form}`))
      const letter = form(told, { endpoint, secrets, now })
      if (letter === null) return Effect.succeed({ isTaken: true, answer: `not told in the form ${endpoint.form}` })
      const { body, headers, isSigned = false, url = endpoint.url } = letter
      if (secrets.length === 0) return Effect.succeed(refused("the endpoint has no secret to sign with"))
      const signature = isSigned ? {} : signatureHeaders(told, body, secrets, now)
      return post({ url, body, headers: { ...headers, ...signature } }).pipe(
        Effect.timeoutOption(options.callMilliseconds),
        Effect.map(
          Option.match({
            onNone: () => refused(`no answer within ${options.callMilliseconds / 1000} s`),
            onSome: answered
          })
        ),
        Effect.catch(({ detail }: NoReceipt) => Effect.succeed(refused(reasonOf(detail))))
      )
    })

  return Effect.fnUntraced(
    function* (delivery: DueDelivery, since: number) {
      const now = yield* Clock.currentTimeMillis
      // Another process may take it when the lease runs out.
      if (now - since > options.leaseMilliseconds / 2) return
      const sending = trail.follow(delivery.told.refund?.id ?? null, "webhook", send(delivery, now))
      const { answer, isTaken } = yield* sending.pipe(
        Effect.catchCause((cause) =>
          Cause.hasInterruptsOnly(cause)
            ? Effect.failCause(cause)
            : Effect.succeed(refused(`it could not be written: ${reasonOf(Cause.squash(cause))}`))
        )
      )
      watch.sent(isTaken, (yield* Clock.currentTimeMillis) - now)
      const wait = retryAfter[delivery.tries]
      const dueAt = isTaken || wait === undefined ? null : (yield* Clock.currentTimeMillis) + wait
      const state = isTaken ? "delivered" : dueAt === null ? "dead" : "waiting"
      yield* logDelivery(delivery, state, answer)
      yield* deliveries
        .done(delivery, { state, dueAt, answer })
        .pipe(Effect.retry({ schedule: Schedule.exponential("100 millis"), times: 5 }), Effect.uninterruptible)
    },
    // It is sent once more when the lease has run out: the receiver knows it by its id.
    Effect.catch((unavailable) => Effect.logWarning(`A delivery could not be noted: ${reasonOf(unavailable)}`))
  )
})

interface Answered {
  readonly isTaken: boolean
  readonly answer: string
}

const refused = (answer: string): Answered => ({ isTaken: false, answer })

/** Only 2xx is a yes. A redirect is none: whoever is somewhere else says so by another URL. */
const answered = (status: number): Answered => {
  if (status >= 200 && status < 300) return { isTaken: true, answer: String(status) }
  return refused(status >= 300 && status < 400 ? `${status}: redirects are not followed` : String(status))
}

const logDelivery = ({ endpointId, id, tenant, told, tries }: DueDelivery, state: string, answer: string) => {
  const line = `Event ${told.id} is ${state}: ${answer}`
  return (state === "dead" ? Effect.logWarning(line) : Effect.logDebug(line)).pipe(
    Effect.annotateLogs({
      tenant,
      endpoint: endpointId,
      delivery: id,
      event: told.id,
      type: told.type,
      tries: tries + 1
    })
  )
}
