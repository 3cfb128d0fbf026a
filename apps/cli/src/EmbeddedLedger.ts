/** The ledger of a file, through the same use cases as a server's; what goes in and comes out has the API's form. */
import { Clock, Context, Effect, type Layer, Schema } from "effect"
import { RefundOrGroup } from "refund-api/Client"
import { toDecision, toRefundId } from "refund-api/DecisionBody"
import {
  chainsOf,
  GroupWithJournal,
  JournalPageBody,
  journalPageToJson,
  RefundWithJournal,
  storyOf,
  toEntriesPage
} from "refund-api/JournalBody"
import { verifyToJson } from "refund-api/LedgerBody"
import { toRegisterOrder } from "refund-api/OrderBody"
import { OrderViewBody, orderToJson, PreviewBody, previewToJson } from "refund-api/OrderViewBody"
import { PolicyBody, policyToJson, toClosePeriod } from "refund-api/PolicyBody"
import { problemOf } from "refund-api/Problem"
import { toRedaction } from "refund-api/RedactionBody"
import { groupToJson, PageBody, pageToJson } from "refund-api/RefundBody"
import { toListQuery } from "refund-api/RefundQuery"
import { toRequestRefund } from "refund-api/RefundRequest"
import type { Caller } from "refund-core/Command"
import { OrderId, type TenantId } from "refund-core/Ids"
import { may, type Principal } from "refund-core/Permission"
import type { Deliveries } from "refund-core/ports/Deliveries"
import type { Feed } from "refund-core/ports/Feed"
import type { Inbox } from "refund-core/ports/Inbox"
import type { LedgerUnavailable } from "refund-core/ports/LedgerStore"
import { Outcomes } from "refund-core/ports/Outcomes"
import { pruneAll } from "refund-core/ports/Retention"
import type { Refund } from "refund-core/Refund"
import { Refunds } from "refund-core/Refunds"
import { type Rejected, rejected, type Violation } from "refund-core/Violation"
import type { Access } from "refund-service/Access"
import * as Endpoints from "refund-service/Endpoints"
import { freshId, freshSalt } from "refund-service/freshIds"
import { isWaitedFor } from "refund-service/Outcomes"
import { redactOrder } from "refund-service/Redaction"
import { batch } from "./embeddedBatch.ts"
import * as books from "./embeddedBooks.ts"
import { credit, spendCredit } from "./embeddedCredit.ts"
import * as keys from "./embeddedKeys.ts"
import * as messages from "./embeddedMessages.ts"
import { addCapture, recordDispute } from "./embeddedOrders.ts"
import * as providers from "./embeddedProviders.ts"
import { reconciliation } from "./embeddedReconciliation.ts"
import * as reports from "./embeddedReports.ts"
import { Refused, Unavailable } from "./failures.ts"
import type { Ledger } from "./Ledger.ts"
import { reading } from "./reading.ts"
import { Shell } from "./Shell.ts"

/** What the commands need of a file. */
export type FileLedger = Refunds | Outcomes | Access | Feed | Deliveries | Inbox

/** Opens the file that keeps a ledger. Only `main.ts` knows a store. */
export class LedgerFiles extends Context.Service<
  LedgerFiles,
  {
    readonly open: (fileUrl: string) => Layer.Layer<FileLedger, LedgerUnavailable>
  }
>()("refund-cli/LedgerFiles") {}

type Kept = Exclude<FileLedger, Access>

export interface Who {
  readonly tenant: TenantId
  readonly principal: Principal
  /** By which the journal names the credential: a key's id, or that there was none but the file. */
  readonly credential: string
}

export const embeddedLedger = ({ credential, principal, tenant }: Who): Effect.Effect<Ledger, never, Kept | Shell> =>
  Effect.gen(function* () {
    const usable = providers.usable((yield* Shell).env)
    const refunds = yield* Refunds
    const outcomes = yield* Outcomes
    const kept = yield* Effect.context<Kept>()

    const asking: Effect.Effect<Caller> = Effect.map(Clock.currentTimeMillis, (now) => ({
      tenant,
      by: principal,
      door: "native",
      now,
      via: { with: credential }
    }))
    const asked = <A>(ask: (caller: Caller) => Effect.Effect<A, Rejected | LedgerUnavailable | Refused, Kept>) =>
      Effect.flatMap(asking, ask).pipe(Effect.mapError(told), Effect.provide(kept))

    const request: Ledger["request"] = (orderId, body, { idempotencyKey, waitSeconds }) =>
      asked((caller) =>
        Effect.gen(function* () {
          const context = { ...ids, caller, orderId: yield* known(orderId), needsKey: true }
          const command = toRequestRefund(body, { ...context, idempotencyKey: idempotencyKey ?? null })
          const made = yield* refunds.execute(yield* Effect.fromResult(command))
          if (waitSeconds === undefined) {
            return { refund: shown(made.refunds), replayed: made.replayed, stillOpen: false }
          }
          const waited = yield* outcomes
            .wait(tenant, made.groupId, waitSeconds * 1_000)
            .pipe(Effect.catch(() => Effect.succeed(made.refunds)))
          return { refund: shown(waited), replayed: made.replayed, stillOpen: waited.some(isWaitedFor) }
        })
      )

    return {
      putOrder: (orderId, body) =>
        asked((caller) =>
          Effect.gen(function* () {
            const id = yield* known(orderId)
            const command = yield* Effect.fromResult(toRegisterOrder(body, { caller, orderId: id, freshSalt }))
            const { changed, created } = yield* refunds.execute(command)
            return { id, created, changed }
          })
        ),
      order: (orderId) =>
        asked((caller) =>
          known(orderId).pipe(
            Effect.flatMap((order) => refunds.order(caller, { order })),
            Effect.map((view) => readOrder(orderToJson(view)))
          )
        ),
      addCapture: (orderId, body) =>
        asked((caller) => Effect.flatMap(known(orderId), (id) => addCapture(caller, id, body))),
      recordDispute: (orderId, body) =>
        asked((caller) => Effect.flatMap(known(orderId), (id) => recordDispute(caller, id, body))),
      request,
      batch: (body) => asked((caller) => batch(caller, body)),
      reconcile: (body) => asked((caller) => reconciliation(caller, body)),
      preview: (orderId, body) =>
        asked((caller) =>
          Effect.gen(function* () {
            const context = { ...ids, caller, orderId: yield* known(orderId), needsKey: false, idempotencyKey: null }
            const preview = yield* refunds.preview(yield* Effect.fromResult(toRequestRefund(body, context)))
            const [first] = preview.violations
            if (first?._tag === "NotPermitted" || first?._tag === "OrderNotFound") return yield* refused(first)
            return readPreview(previewToJson(preview))
          })
        ),
      decide: (verb, id, body) =>
        asked((caller) =>
          Effect.gen(function* () {
            const command = yield* Effect.fromResult(toDecision(verb, id, body, caller))
            return shown(named(yield* refunds.execute(command), command.refundId))
          })
        ),
      refunds: (query) =>
        asked((caller) =>
          Effect.fromResult(toListQuery(query)).pipe(
            Effect.flatMap(({ filter, page }) => refunds.list(caller, filter, page)),
            Effect.map((page) => readPage(pageToJson(page)))
          )
        ),
      chain: (query) => asked((caller) => books.chain(caller, query)),
      entries: (query) =>
        asked((caller) =>
          Effect.fromResult(toEntriesPage(query)).pipe(
            Effect.flatMap((page) => refunds.entries(caller, page)),
            Effect.map((page) => readEntries(journalPageToJson(page)))
          )
        ),
      refund: (id) =>
        asked((caller) =>
          Effect.gen(function* () {
            const refundId = yield* Effect.fromResult(toRefundId(id))
            const group = yield* refunds.group(caller, { id: refundId })
            const body = groupToJson(atLeastOne(named(group, refundId)))
            if (!may(caller.by, "reports:read")) return readStory(body)
            const chains = yield* Effect.forEach(chainsOf(atLeastOne(group)), (chain) => refunds.journal(caller, chain))
            return readStory({ ...body, ...storyOf(chains, group) })
          })
        ),
      audit: (query) => asked((caller) => books.audit(caller, query)),
      verify: (onProgress) => asked((caller) => Effect.map(refunds.verify(caller, onProgress), verifyToJson)),
      books: {
        heads: (after, limit) => asked((caller) => refunds.heads(caller, after, limit)),
        lost: (heads) => asked((caller) => refunds.lost(caller, heads)),
        prune: (milliseconds, onPortion) =>
          asked(() => Effect.map(pruneAll(milliseconds, onPortion), (pruned) => pruned ?? { deliveries: 0, inbox: 0 }))
      },
      report: (by, query) => asked((caller) => reports.report(caller, by, query)),
      ageing: (query) => asked((caller) => reports.ageing(caller, query)),
      policy: asked(books.policy),
      setPolicy: (body) => asked((caller) => books.setPolicy(caller, body)),
      providers: asked((caller) => usable(providers.providers(caller))),
      setProviders: (body) => asked((caller) => usable(providers.setProviders(caller, body))),
      closePeriod: (body) =>
        asked((caller) =>
          Effect.fromResult(toClosePeriod(body, caller)).pipe(
            Effect.flatMap((command) => refunds.execute(command)),
            Effect.map((settings) => readPolicy(policyToJson(settings)))
          )
        ),
      credit: (customerId) => asked((caller) => credit(caller, customerId)),
      spendCredit: (customerId, body) => asked((caller) => spendCredit(caller, customerId, body)),
      events: (query) => asked((caller) => messages.events(caller, query)),
      endpoints: asked(messages.endpoints),
      addEndpoint: (body) => asked((caller) => messages.putEndpoint(caller, null, body)),
      putEndpoint: (id, body) => asked((caller) => messages.putEndpoint(caller, id, body)),
      removeEndpoint: (id) => asked((caller) => messages.removeEndpoint(caller, id)),
      rotateSecret: (id) => asked((caller) => messages.secrets(Endpoints.rotate)(caller, id)),
      dropOldSecret: (id) => asked((caller) => messages.secrets(Endpoints.dropOldSecret)(caller, id)),
      deliveries: (id, query) => asked((caller) => messages.deliveries(caller, id, query)),
      replayEndpoint: (id) => asked((caller) => messages.replayEndpoint(caller, id)),
      replayDelivery: (id) => asked((caller) => messages.replayDelivery(caller, id)),
      inbox: (query) => asked((caller) => messages.inbox(caller, query)),
      retryInbox: (id) => asked((caller) => messages.retryInbox(caller, id)),
      redactOrder: (orderId, body) =>
        asked((caller) =>
          Effect.gen(function* () {
            const detail = yield* Effect.fromResult(toRedaction(body))
            return yield* redactOrder(caller, yield* known(orderId), detail)
          })
        ),
      keys: asked(keys.keys),
      createKey: (body) => asked((caller) => keys.createKey(caller, body)),
      rotateKey: (id, body) => asked((caller) => keys.rotateKey(caller, id, body)),
      revokeKey: (id) => asked((caller) => keys.revokeKey(caller, id))
    }
  })

const ids = { freshId, freshSalt }

const isOrderId = Schema.is(OrderId)

const refused = (violation: Violation): Effect.Effect<never, Rejected> => Effect.fail(rejected([violation]))

/** An id that no order can have is the id of none. */
const known = (orderId: string): Effect.Effect<OrderId, Rejected> =>
  isOrderId(orderId) ? Effect.succeed(orderId) : refused({ _tag: "OrderNotFound", orderId: orderId.slice(0, 255) })

const told = (failure: Rejected | LedgerUnavailable | Refused): Refused | Unavailable => {
  switch (failure._tag) {
    case "Refused":
      return failure
    case "Rejected":
      return new Refused({ problem: problemOf(failure) })
    case "LedgerUnavailable":
      return new Unavailable({ detail: failure.detail })
  }
}

/** By the id of a refund: that one. By the id of a group of several: all of them. */
const named = (group: ReadonlyArray<Refund>, id: string): ReadonlyArray<Refund> => {
  const one = group.filter((refund) => refund.id === id)
  return one.length > 0 ? one : group
}

/** A request makes one refund or more, and a decision is about one or more. */
const atLeastOne = (refunds: ReadonlyArray<Refund>): readonly [Refund, ...Array<Refund>] => {
  const [first, ...more] = refunds
  if (first === undefined) throw new Error("a group without refunds")
  return [first, ...more]
}

const readOrder = reading(OrderViewBody)
const readPreview = reading(PreviewBody)
const readPage = reading(PageBody)
const readEntries = reading(JournalPageBody)
const readPolicy = reading(PolicyBody)
const readRefund = reading(RefundOrGroup)
const readStory = reading(Schema.Union([RefundWithJournal, GroupWithJournal]))

const shown = (refunds: ReadonlyArray<Refund>) => readRefund(groupToJson(atLeastOne(refunds)))
