/**
 * What providers tell of their own accord. It is kept, durably, before it is acted on; then it is applied at once, and the
 * provider gets its answer. What cannot be applied is tried again, or parked where a person finds it: nothing is dropped.
 */
import { Cause, Clock, Context, Effect, Layer, Schema } from "effect"
import type { TenantId } from "refund-core/Ids"
import { Inbox, type InboxEvent } from "refund-core/ports/Inbox"
import type { LedgerReader } from "refund-core/ports/LedgerReader"
import type { LedgerUnavailable } from "refund-core/ports/LedgerStore"
import type { ProviderNews, WebhookRefused } from "refund-core/ports/ProviderNews"
import type { Refunds } from "refund-core/Refunds"
import { applyDispute } from "./newsOfDispute.ts"
import { applyRefund } from "./newsOfRefund.ts"
import { ProviderWebhooks } from "./Providers.ts"
import { reasonOf } from "./redacted.ts"
import { again, applied, parked, sentenceOf, type Verdict } from "./Verdict.ts"
import type { Wakes } from "./Wakes.ts"

/** This process has no provider of that name that tells anything. */
export class NoWebhook extends Schema.TaggedError<NoWebhook>()("NoWebhook", { provider: Schema.String }) {
  override get message(): string {
    return `there are no webhooks of a provider named ${this.provider}`
  }
}

export interface Delivered {
  /** As it came: the signature is over these bytes. */
  readonly body: Uint8Array
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string | undefined>>
}

/** How long the provider waits for its answer while its news is applied; it is kept by then, and applied later else. */
const patience = 5_000

export class Inbound extends Context.Service<
  Inbound,
  {
    /** Checks, keeps, applies. Succeeds once it is kept; answers how many events are new. Whoever asks twice is told the same. */
    readonly receive: (
      to: { readonly tenant: TenantId; readonly provider: string },
      delivery: Delivered
    ) => Effect.Effect<number, NoWebhook | WebhookRefused | LedgerUnavailable>
    /** The same for what somebody else has checked already. */
    readonly tell: (
      to: { readonly tenant: TenantId; readonly provider: string },
      news: ReadonlyArray<ProviderNews>
    ) => Effect.Effect<number, LedgerUnavailable>
    /** Applies an event that is leased, and notes what came of it. */
    readonly apply: (event: InboxEvent) => Effect.Effect<void>
  }
>()("refund-service/Inbound") {
  static readonly layer = Layer.effect(
    Inbound,
    Effect.gen(function* () {
      const inbox = yield* Inbox
      const webhookOf = yield* ProviderWebhooks
      const context = yield* Effect.context<Refunds | LedgerReader | Wakes>()

      const apply = Effect.fnUntraced(function* (event: InboxEvent) {
        const now = yield* Clock.currentTimeMillis
        const verdict = yield* decide(event, now).pipe(Effect.provide(context))
        yield* logVerdict(event, verdict)
        // Where even this cannot be kept, the lease runs out, and the event is taken again.
        yield* Effect.ignore(inbox.done(event, verdict))
      })

      const tell: Inbound["Service"]["tell"] = Effect.fnUntraced(function* ({ provider, tenant }, news) {
        const kept = yield* inbox.put(tenant, provider, news, yield* Clock.currentTimeMillis)
        yield* Effect.timeoutOption(Effect.forEach(kept, apply, { discard: true }), patience)
        return kept.length
      })

      return Inbound.of({
        receive: Effect.fnUntraced(function* (to, delivery) {
          const webhook = webhookOf(to.provider, to.tenant)
          if (webhook === null) return yield* new NoWebhook({ provider: to.provider })
          const news = yield* webhook.receive({ ...delivery, now: yield* Clock.currentTimeMillis })
          return yield* tell(to, news)
        }),
        tell,
        apply
      })
    })
  )
}

/** Never fails: what goes wrong here is a reason to try again. */
const decide = (event: InboxEvent, now: number): Effect.Effect<Verdict, never, Refunds | LedgerReader | Wakes> =>
  understood(event, now).pipe(
    Effect.catchTags({
      Rejected: (rejection) => Effect.succeed(parked(sentenceOf(rejection))),
      LedgerUnavailable: ({ detail }) => Effect.succeed(again(event, now, detail))
    }),
    Effect.catchCause((cause) =>
      Cause.hasInterruptsOnly(cause)
        ? Effect.failCause(cause as Cause.Cause<never>)
        : Effect.succeed(again(event, now, reasonOf(Cause.squash(cause))))
    )
  )

const understood = (event: InboxEvent, now: number) => {
  const { about } = event.news
  switch (about._tag) {
    case "refund":
      return applyRefund(event, about, now)
    case "dispute":
      return applyDispute(event, about, now)
    case "other":
      return Effect.succeed(applied(`${about.type} is nothing to a refund`))
    case "unreadable":
      return Effect.succeed(parked(about.detail))
  }
}

const logVerdict = (event: InboxEvent, { detail, dueAt, state }: Verdict) => {
  const { news, provider, tenant } = event
  const line = `Event ${news.eventId} of ${provider} is ${state}: ${reasonOf(detail)}`
  const isForPeople = state === "parked" && dueAt === null
  return (isForPeople ? Effect.logWarning(line) : Effect.logDebug(line)).pipe(
    Effect.annotateLogs({ tenant, provider, event: news.eventId, inbox: event.id, state })
  )
}
