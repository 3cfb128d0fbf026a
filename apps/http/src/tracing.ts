/**
 * Traces over OTLP: from the route through the decision and its commit to the provider's call and the webhook. Only
 * loaded where there is a collector. A span says what was done to which refund, never what somebody wrote or what failed
 * in whose words.
 */
import { Effect, type Exit, Layer, type Option, Random, Tracer } from "effect"
import * as FetchHttpClient from "effect/http/FetchHttpClient"
import * as Headers from "effect/http/Headers"
import { w3c } from "effect/http/HttpTraceContext"
import * as OtlpSerialization from "effect/observability/OtlpSerialization"
import * as OtlpTracer from "effect/observability/OtlpTracer"
import type { Command } from "refund-core/Command"
import { LedgerStore } from "refund-core/ports/LedgerStore"
import { RefundProvider } from "refund-core/ports/RefundProvider"
import { Refunds } from "refund-core/Refunds"
import type { Dialect, DialectRoute, WireRequest } from "refund-dialects/Dialect"
import { Trail } from "refund-service/Trail"
import type { TracingSettings } from "refund-service/tracingConfiguration"

type Attributes = Readonly<Record<string, string | number>>

/** How the work ended is an attribute: an error's own words would go into the span. */
const within = <A, E, R>(
  name: string,
  options: Tracer.SpanOptionsNoTrace,
  work: Effect.Effect<A, E, R>,
  ending: (exit: Exit.Exit<A, E>) => Attributes = () => ({})
): Effect.Effect<A, E, R> =>
  Effect.exit(work).pipe(
    Effect.tap((exit) => Effect.annotateCurrentSpan({ ...endOf(exit), ...ending(exit) })),
    Effect.withSpan(name, options, { captureStackTrace: false }),
    Effect.flatten
  )

const endOf = (exit: Exit.Exit<unknown, unknown>): Attributes => {
  if (exit._tag === "Success") return {}
  const [reason] = exit.cause.reasons
  if (reason?._tag !== "Fail") return { "refund.failure": reason?._tag ?? "none" }
  const failure = reason.error as {
    readonly _tag?: unknown
    readonly violations?: ReadonlyArray<{ readonly _tag: string }>
  }
  return { "refund.failure": failure.violations?.[0]?._tag ?? String(failure._tag ?? "unknown") }
}

/** So many refunds are remembered by the request that made them; others have a trace by their own id. */
const remembersAtMost = 10_000

interface Known {
  readonly traceId: string
  readonly spanId: string
  readonly sampled: boolean
}

/** Whoever asked first decides whether it is sampled; without anybody the lot does. */
class Trails {
  readonly #known = new Map<string, Known>()
  readonly #ratio: number

  constructor(ratio: number) {
    this.#ratio = ratio
  }

  remember(refundId: string, { sampled, spanId, traceId }: Tracer.AnySpan): void {
    if (this.#known.has(refundId)) return
    if (this.#known.size >= remembersAtMost) this.#known.delete(this.#known.keys().next().value ?? "")
    this.#known.set(refundId, { traceId, spanId, sampled })
  }

  /** The bits of an id are as good as a lot, and the same in every process. */
  of(refundId: string): Tracer.ExternalSpan {
    const hex = refundId.replaceAll("-", "")
    const lot = Number.parseInt(hex.slice(-8), 16) / 2 ** 32
    return Tracer.externalSpan(
      this.#known.get(refundId) ?? { traceId: hex, spanId: hex.slice(-16), sampled: lot < this.#ratio }
    )
  }
}

const refundOf = (command: Command): string | null => ("refundId" in command ? command.refundId : null)

/** Ids of refunds that a command's answer has. */
const idsIn = (answer: unknown): ReadonlyArray<string> => {
  const { groupId, refunds } = answer as {
    readonly groupId?: string
    readonly refunds?: ReadonlyArray<{ readonly id: string }>
  }
  return groupId === undefined || refunds === undefined ? [] : [groupId, ...refunds.map(({ id }) => id)]
}

const parentOf = (current: Option.Option<Tracer.AnySpan>, refundId: string | null, trails: Trails) =>
  current._tag === "Some" || refundId === null ? {} : { parent: trails.of(refundId) }

const current = Effect.serviceOption(Tracer.ParentSpan)

const tracedRefunds = (trails: Trails) =>
  Layer.effect(
    Refunds,
    Effect.map(Refunds, (refunds) =>
      Refunds.of({
        ...refunds,
        execute: (command) =>
          Effect.flatMap(current, (span) => {
            const refundId = refundOf(command)
            const attributes = {
              "refund.tenant": command.caller.tenant,
              ...(refundId === null ? {} : { "refund.id": refundId })
            }
            const executed = refunds.execute(command).pipe(
              Effect.tap((answer) =>
                Effect.map(Effect.orDie(Effect.currentSpan), (own) => {
                  for (const id of idsIn(answer)) trails.remember(id, own)
                })
              )
            )
            return within(command._tag, { ...parentOf(span, refundId, trails), attributes }, executed)
          })
      })
    )
  )

const tracedStore = Layer.effect(
  LedgerStore,
  Effect.map(LedgerStore, (store) =>
    LedgerStore.of({
      ...store,
      transact: (scope, decide) => {
        const committed = store.transact(scope, decide)
        return Effect.flatMap(current, (span) => (span._tag === "None" ? committed : within("commit", {}, committed)))
      }
    })
  )
)

const tracedProvider = (trails: Trails) =>
  Layer.effect(
    RefundProvider,
    Effect.map(RefundProvider, (provider) => {
      const traced = (what: "submit" | "lookup") => (attempt: Parameters<typeof provider.submit>[0]) =>
        Effect.flatMap(current, (span) =>
          within(
            `provider ${what}`,
            {
              ...parentOf(span, attempt.refundId, trails),
              kind: "client",
              attributes: { "refund.id": attempt.refundId, "refund.attempt": attempt.id }
            },
            provider[what](attempt) as Effect.Effect<{ readonly _tag: string } | null>,
            (exit) => (exit._tag === "Success" ? { "refund.outcome": exit.value?._tag ?? "notFound" } : {})
          )
        )
      return RefundProvider.of({ submit: traced("submit"), lookup: traced("lookup") } as typeof provider)
    })
  )

/** What a server is traced by: layers that stand before those of the same name, and a door that every request is seen at. */
export type Tracing = ReturnType<typeof makeTracing>

const serverSpan = <R>(door: string, route: DialectRoute<R>, ratio: number): DialectRoute<R> => ({
  ...route,
  handle: (request: WireRequest) =>
    Effect.flatMap(Random.next, (lot) => {
      const parent = w3c(Headers.fromInput(request.headers))
      return within(
        `${route.method} ${route.path}`,
        {
          kind: "server",
          ...(parent._tag === "Some" ? { parent: parent.value } : { root: true, sampled: lot < ratio }),
          attributes: { "http.request.method": route.method, "http.route": route.path, "refund.door": door }
        },
        route.handle(request),
        (exit) => (exit._tag === "Success" ? { "http.response.status_code": exit.value.status } : {})
      )
    })
})

export const makeTracing = ({ endpoint, headers, ratio }: TracingSettings) => {
  const trails = new Trails(ratio)
  const exporting = OtlpTracer.layer({
    url: `${endpoint.replace(/\/$/, "")}/v1/traces`,
    headers,
    exportInterval: "1 second",
    resource: { serviceName: "refund-ledger" }
  }).pipe(Layer.provide([OtlpSerialization.layerJson, FetchHttpClient.layer]))
  const trail = Layer.succeed(Trail, {
    follow: (refundId, work, done) =>
      refundId === null
        ? done
        : within(work, { parent: trails.of(refundId), attributes: { "refund.id": refundId } }, done)
  })
  return {
    /** To be provided to all that is traced. */
    layer: Layer.mergeAll(exporting, trail),
    store: tracedStore,
    provider: tracedProvider(trails),
    refunds: tracedRefunds(trails),
    door: <R>(door: Dialect<R>): Dialect<R> => ({
      ...door,
      routes: door.routes.map((route) => serverSpan(door.door, route, ratio))
    })
  }
}
