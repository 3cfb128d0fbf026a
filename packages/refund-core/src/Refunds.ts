/** The use cases, and the only way in: the store resolves a command's scope, runs its rules and commits its events. */
import { Context, Effect, Layer, Result } from "effect"
import { type AgeingQuery, ageingFold, type CurrencyAgeing, scopeOfAgeing } from "./Ageing.ts"
import type { AuditPage, AuditQuery } from "./audit.ts"
import { readAudit } from "./auditing.ts"
import type { Caller, Command, RequestRefund } from "./Command.ts"
import type { CreditHead } from "./Credit.ts"
import { firstLost } from "./checkpoint.ts"
import { type AnswerOf, decide, scopeOf } from "./decide.ts"
import type { CaptureId, OrderId, RefundId } from "./Ids.ts"
import { settingsChain } from "./Journal.ts"
import { type AllLeft, leftOf } from "./left.ts"
import type { OrderHead } from "./Order.ts"
import { may, type Permission } from "./Permission.ts"
import {
  type ChainHead,
  type JournalEntry,
  type JournalPage,
  LedgerReader,
  type Matched,
  type OrderView,
  type RefundFilter,
  type RefundPage,
  type RegisteredOrder,
  type VerifyReport
} from "./ports/LedgerReader.ts"
import { LedgerStore, type LedgerUnavailable } from "./ports/LedgerStore.ts"
import { ProviderCapabilities } from "./ports/RefundProvider.ts"
import { Watch } from "./ports/Watch.ts"
import type { Refund } from "./Refund.ts"
import { type CurrencyReport, type ReportQuery, reportFold, scopeOfReport } from "./Report.ts"
import { type ReportLine, readLines } from "./reportLine.ts"
import type { ApiKey, Endpoint, SettingsHead } from "./Settings.ts"
import { type Rejected, rejected, type Violation } from "./Violation.ts"

/** The same decision as the request's, without the commit. */
export interface Preview {
  /** The refunds it would make; none where it would be rejected. */
  readonly refunds: ReadonlyArray<Refund>
  readonly violations: ReadonlyArray<Violation>
  /** The order's figures now, and as they would be. Null where the order is not known, or not to be shown. */
  readonly before: OrderHead | null
  readonly after: OrderHead | null
  /** What could be asked for now, of the order and each of its parts, and why no more. Null as `before` is. */
  readonly left: AllLeft | null
}

type Failure = Rejected | LedgerUnavailable

export class Refunds extends Context.Service<
  Refunds,
  {
    readonly execute: <C extends Command>(command: C) => Effect.Effect<AnswerOf<C>, Failure>
    /** What `execute` would answer now. Nothing is written. */
    readonly rehearse: <C extends Command>(command: C) => Effect.Effect<AnswerOf<C>, Failure>
    readonly preview: (command: RequestRefund) => Effect.Effect<Preview, LedgerUnavailable>
    readonly order: (
      caller: Caller,
      at: { readonly order: OrderId } | { readonly capture: CaptureId }
    ) => Effect.Effect<OrderView, Failure>
    readonly registered: (
      caller: Caller,
      at: { readonly order: OrderId } | { readonly capture: CaptureId }
    ) => Effect.Effect<RegisteredOrder, Failure>
    /** All refunds of the group that has this id, or that the refund with this id or number belongs to. */
    readonly group: (
      caller: Caller,
      at: { readonly id: RefundId } | { readonly number: number }
    ) => Effect.Effect<ReadonlyArray<Refund>, Failure>
    /** What a provider's own name for a refund or a capture stands for; null: nothing, or more than one capture. */
    readonly match: (
      caller: Caller,
      provider: string,
      at: { readonly reference: string } | { readonly captureReference: string }
    ) => Effect.Effect<Matched | null, Failure>
    /** The lines of reports that these orders' refunds were reconciled as; costs as much as the orders have entries. */
    readonly reconciledLines: (
      caller: Caller,
      orders: Iterable<OrderId>
    ) => Effect.Effect<ReadonlyMap<RefundId, ReportLine>, Failure>
    readonly list: (
      caller: Caller,
      filter: RefundFilter,
      page: { readonly limit: number; readonly cursor: string | null }
    ) => Effect.Effect<RefundPage, Failure>
    /** The store credit that a customer is owed: their accounts, by currency. */
    readonly credit: (caller: Caller, customerId: string) => Effect.Effect<ReadonlyArray<CreditHead>, Failure>
    /** What refunds come to; see `Report.ts`. Costs as much as there are refunds. */
    readonly report: (caller: Caller, query: ReportQuery) => Effect.Effect<ReadonlyArray<CurrencyReport>, Failure>
    /** How long what is open has been so, as of the caller's now. */
    readonly ageing: (caller: Caller, query: AgeingQuery) => Effect.Effect<ReadonlyArray<CurrencyAgeing>, Failure>
    readonly settings: (caller: Caller) => Effect.Effect<SettingsHead, Failure>
    /** Which accounts the tenant has at its providers, and the version of that. */
    readonly providers: (caller: Caller) => Effect.Effect<Pick<SettingsHead, "providers" | "version">, Failure>
    /** Whoever may manage keys sees what others may do; never a secret. */
    readonly keys: (caller: Caller) => Effect.Effect<ReadonlyArray<ApiKey>, Failure>
    /** Where the tenant has its events sent. */
    readonly endpoints: (caller: Caller) => Effect.Effect<ReadonlyArray<Endpoint>, Failure>
    readonly journal: (caller: Caller, chain: string) => Effect.Effect<ReadonlyArray<JournalEntry>, Failure>
    /** See `LedgerReader.heads`: what a checkpoint is made of. */
    readonly heads: (
      caller: Caller,
      after: string | null,
      limit: number
    ) => Effect.Effect<ReadonlyArray<ChainHead>, Failure>
    /** The first entry that heads of earlier say was there, and that is gone or another; null: all are there. */
    readonly lost: (caller: Caller, heads: ReadonlyArray<ChainHead>) => Effect.Effect<VerifyReport["problem"], Failure>
    /** The journal of all chains, page by page. */
    readonly entries: (
      caller: Caller,
      page: { readonly limit: number; readonly cursor: string | null }
    ) => Effect.Effect<JournalPage, Failure>
    /** Who changed what; see `audit.ts`. */
    readonly audit: (
      caller: Caller,
      query: AuditQuery,
      page: { readonly limit: number; readonly cursor: string | null }
    ) => Effect.Effect<AuditPage, Failure>
    readonly verify: (
      caller: Caller,
      onProgress?: (done: { readonly orders: number; readonly entries: number }) => void
    ) => Effect.Effect<VerifyReport, Failure>
  }
>()("refund-core/Refunds") {
  static readonly layer = Layer.effect(
    Refunds,
    Effect.gen(function* () {
      const store = yield* LedgerStore
      const reader = yield* LedgerReader
      const capabilities = yield* ProviderCapabilities
      const watch = yield* Watch

      const execute = <C extends Command>(command: C): Effect.Effect<AnswerOf<C>, Failure> =>
        store.transact(scopeOf(command), (facts) => {
          const decided = decide(command, facts, capabilities)
          watch.decided(command._tag, decided._tag === "Success" ? null : decided.failure.violations[0]._tag)
          return decided
        })

      const rehearse = <C extends Command>(command: C): Effect.Effect<AnswerOf<C>, Failure> =>
        store
          .read(scopeOf(command), (facts) => decide(command, facts, capabilities))
          .pipe(Effect.flatMap((decided) => Effect.fromResult(Result.map(decided, ({ answer }) => answer))))

      const preview = (command: RequestRefund) =>
        store.read(scopeOf(command), (facts): Preview => {
          const left = (head: OrderHead | null) =>
            head === null ? null : leftOf(head, command.caller.now, capabilities)
          const decided = decide(command, facts, capabilities)
          if (decided._tag === "Success") {
            const { after, answer } = decided.success
            return {
              refunds: answer.refunds,
              violations: [],
              before: facts.order,
              after: after.order,
              left: left(facts.order)
            }
          }
          const { violations } = decided.failure
          const before = violations[0]._tag === "NotPermitted" ? null : facts.order
          return { refunds: [], violations, before, after: before, left: left(before) }
        })

      const order = (caller: Caller, at: { readonly order: OrderId } | { readonly capture: CaptureId }) =>
        guarded(caller, "orders:read", reader.order(caller.tenant, at)).pipe(
          Effect.flatMap(
            (view): Effect.Effect<OrderView, Failure> =>
              view === null ? Effect.fail(notFound(at)) : Effect.succeed(view)
          )
        )

      const registered = (caller: Caller, at: { readonly order: OrderId } | { readonly capture: CaptureId }) =>
        guarded(
          caller,
          "orders:read",
          store.read({ tenant: caller.tenant, at, registering: { captures: [] } }, ({ order, registration, texts }) =>
            order === null || registration === null ? null : { head: order, registration, texts }
          )
        ).pipe(
          Effect.flatMap(
            (found): Effect.Effect<RegisteredOrder, Failure> =>
              found === null ? Effect.fail(notFound(at)) : Effect.succeed(found)
          )
        )

      const group = (caller: Caller, at: { readonly id: RefundId } | { readonly number: number }) =>
        guarded(caller, "refunds:read", reader.refunds(caller.tenant, at)).pipe(
          Effect.flatMap(
            (refunds): Effect.Effect<ReadonlyArray<Refund>, Failure> =>
              refunds.length === 0 ? Effect.fail(notFound(at)) : Effect.succeed(refunds)
          )
        )

      return Refunds.of({
        execute,
        rehearse,
        preview,
        order,
        registered,
        group,
        credit: (caller, customerId) => guarded(caller, "refunds:read", reader.credit(caller.tenant, customerId)),
        match: (caller, provider, at) => guarded(caller, "refunds:read", reader.match(caller.tenant, provider, at)),
        reconciledLines: (caller, orders) => guarded(caller, "refunds:read", readLines(reader, caller.tenant, orders)),
        list: (caller, filter, page) => guarded(caller, "refunds:read", reader.list(caller.tenant, filter, page)),
        report: (caller, query) =>
          guarded(
            caller,
            "reports:read",
            reader.fold(caller.tenant, scopeOfReport(query), () => reportFold(query))
          ),
        ageing: (caller, query) =>
          guarded(
            caller,
            "reports:read",
            reader.fold(caller.tenant, scopeOfAgeing(query), () => ageingFold(query, caller.now))
          ),
        settings: (caller) =>
          guarded(
            caller,
            "policy:manage",
            store.read({ tenant: caller.tenant, at: { settings: true } }, (facts) => facts.settings)
          ),
        providers: (caller) =>
          guarded(
            caller,
            "providers:manage",
            store.read({ tenant: caller.tenant, at: { settings: true } }, (facts) => facts.settings)
          ),
        keys: (caller) =>
          guarded(
            caller,
            "keys:manage",
            store.read({ tenant: caller.tenant, at: { settings: true } }, (facts) => facts.settings.keys)
          ),
        endpoints: (caller) =>
          guarded(
            caller,
            "webhooks:manage",
            store.read({ tenant: caller.tenant, at: { settings: true } }, (facts) => facts.settings.endpoints ?? [])
          ),
        journal: (caller, chain) => {
          const entries = guarded(caller, "reports:read", reader.journal(caller.tenant, chain))
          // Those of the settings have the hashes of secrets, which somebody may have chosen to be short.
          const isOpen = chain !== settingsChain || may(caller.by, "keys:manage")
          return isOpen ? entries : Effect.fail(rejected([{ _tag: "NotPermitted", permission: "keys:manage" }]))
        },
        heads: (caller, after, limit) => guarded(caller, "reports:read", reader.heads(caller.tenant, after, limit)),
        lost: (caller, heads) =>
          guarded(
            caller,
            "reports:read",
            reader.entriesAt(
              caller.tenant,
              heads.map(({ chain, entries }) => ({ chain, seq: entries }))
            )
          ).pipe(Effect.map((found) => firstLost(heads, found))),
        entries: (caller, page) =>
          guarded(caller, "reports:read", reader.entries(caller.tenant, page)).pipe(
            Effect.map((found) => (may(caller.by, "keys:manage") ? found : withoutSettings(found)))
          ),
        audit: (caller, query, page) => guarded(caller, "audit:read", readAudit(reader, caller.tenant, query, page)),
        verify: (caller, onProgress) =>
          guarded(caller, "reports:read", reader.verify(caller.tenant, onProgress)).pipe(
            Effect.tap((report) => Effect.sync(() => watch.verified(report)))
          )
      })
    })
  )
}

const withoutSettings = (page: JournalPage): JournalPage => ({
  ...page,
  entries: page.entries.filter(({ chain }) => chain !== settingsChain)
})

const guarded = <A>(
  caller: Caller,
  permission: Permission,
  effect: Effect.Effect<A, LedgerUnavailable>
): Effect.Effect<A, Failure> =>
  may(caller.by, permission) ? effect : Effect.fail(rejected([{ _tag: "NotPermitted", permission }]))

type Named =
  | { readonly order: OrderId }
  | { readonly capture: CaptureId }
  | { readonly id: RefundId }
  | { readonly number: number }

const notFound = (at: Named): Rejected => {
  if ("order" in at) return rejected([{ _tag: "OrderNotFound", orderId: at.order }])
  if ("capture" in at) return rejected([{ _tag: "CaptureNotFound", captureId: at.capture }])
  return rejected([{ _tag: "RefundNotFound", refundId: "id" in at ? at.id : String(at.number) }])
}
