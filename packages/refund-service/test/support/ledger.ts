/** A ledger in memory with all that a server has of it, at noon, and a worker where a test wants one. */
import { type Context, Effect, Exit, Layer, Random, Scope } from "effect"
import { TestClock } from "effect/testing"
import type { Instant, RefundId, TenantId } from "refund-core/Ids"
import type { Inbox } from "refund-core/ports/Inbox"
import { LedgerReader } from "refund-core/ports/LedgerReader"
import type { LedgerStore } from "refund-core/ports/LedgerStore"
import type { Outbox } from "refund-core/ports/Outbox"
import { type Attempt, type Outcome, RefundProvider } from "refund-core/ports/RefundProvider"
import { Refunds } from "refund-core/Refunds"
import { caller, noon, paid } from "refund-testkit/build"
import { layerMemoryWith } from "refund-testkit/LedgerStoreMemory"
import * as Providers from "../../src/Providers.ts"
import * as Service from "../../src/Service.ts"
import * as Worker from "../../src/Worker.ts"

export const tenant = "acme" as TenantId
export const day = 86_400_000

export type Ledger = Service.Service | LedgerStore | LedgerReader | Outbox | Inbox | RefundProvider

export interface LedgerOptions {
  readonly providers?: Providers.Providers
  readonly accounts?: Providers.Accounts
  /** Whether commits lease what they make due to this process. */
  readonly worker?: boolean
  readonly leaseMilliseconds?: number
}

export const layerLedger = ({
  accounts = {},
  leaseMilliseconds = 60_000,
  providers = {},
  worker = true
}: LedgerOptions = {}) =>
  Service.layer({ waitMilliseconds: 5_000 }).pipe(
    Layer.provideMerge(Providers.layer(providers, accounts)),
    Layer.provideMerge(layerMemoryWith({ worker, leaseMilliseconds }))
  )

/** A ledger that lasts as long as the test. */
export const openLedger = (options: LedgerOptions = {}) =>
  Effect.andThen(TestClock.setTime(noon), Layer.build(layerLedger(options)))

/**
 * A worker of its own on this ledger; answers how to stop it. No time passes by itself here: a stop waits for no call. What
 * it draws by lot, it draws the same each time.
 */
export const startWorker = Effect.fnUntraced(function* (
  ledger: Context.Context<Ledger>,
  options: Partial<Worker.WorkerOptions> = {}
) {
  const scope = yield* Scope.make()
  const worker = Worker.layer({ graceMilliseconds: 0, ...options })
  yield* Layer.build(worker).pipe(Effect.provide(ledger), Scope.provide(scope), Random.withSeed("worker"))
  return { stop: Scope.close(scope, Exit.void) }
})

/** Lets everybody do all they can do without any time passing. */
export const settle = TestClock.adjust(0).pipe(Effect.andThen(Effect.yieldNow), Effect.repeat({ times: 50 }))

export const now = (at: Instant) => caller({ now: at })
export const orderNow = Refunds.use((refunds) => refunds.order(now(noon), { order: "o-1" as never }))
export const figuresNow = Effect.map(orderNow, ({ head }) => ({ held: head.held, refunded: head.refunded.original }))
export const refundNow = (id: RefundId) =>
  LedgerReader.use((reader) => reader.refunds(tenant, { id })).pipe(
    Effect.map((group) => {
      const refund = group.find((each) => each.id === id)
      if (refund === undefined) throw new Error(`there is no refund ${id}`)
      return refund
    })
  )

/** A provider that says what the test tells it to, and writes down what it was asked. */
export const providerOf = (said: {
  readonly submit?: (attempt: Attempt) => Effect.Effect<Outcome>
  readonly lookup?: Effect.Effect<Outcome | null>
}) => {
  const submitted: Array<Attempt> = []
  const lookedUp: Array<Attempt> = []
  const service = RefundProvider.of({
    submit: (attempt) => {
      submitted.push(attempt)
      return said.submit?.(attempt) ?? Effect.succeed(paid(attempt.amount))
    },
    lookup: (attempt) => {
      lookedUp.push(attempt)
      return said.lookup ?? Effect.succeed(paid(attempt.amount))
    }
  })
  return { submitted, lookedUp, service }
}
