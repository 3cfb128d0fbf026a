/** A ledger that answers in all five dialects over a real socket, and pays through a provider that is told what to do. */
import { mkdtemp, rm } from "node:fs/promises"
import { createServer } from "node:http"
import type { AddressInfo } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { Effect, Layer, ManagedRuntime } from "effect"
import express from "express"
import type { Command } from "refund-core/Command"
import type { CurrencyCode } from "refund-core/Currency"
import { CaptureId, OrderId, PrincipalId, TenantId } from "refund-core/Ids"
import type { Attempt } from "refund-core/ports/RefundProvider"
import type { Refund } from "refund-core/Refund"
import { Refunds } from "refund-core/Refunds"
import { ownCaller, prepareKeys } from "refund-service/Access"
import * as logging from "refund-service/logging"
import * as Providers from "refund-service/Providers"
import * as Service from "refund-service/Service"
import * as Worker from "refund-service/Worker"
import * as SqliteLedger from "refund-store/SqliteLedger"
import * as build from "refund-testkit/build"
import { make as makeDouble } from "refund-testkit/ProviderDouble"
import { refundRouter } from "../../../src/router.ts"

export const key = "till-secret"
/** May read, and not ask for refunds. */
export const readingKey = "reader-secret"
export const terminalId = 24
const tenant = TenantId.make("default")

/** The same money by all the names it has: ours, and those that the dialects use. */
export interface Taken {
  readonly order: string
  readonly capture: string
  /** At the provider that the serving ledger pays through. */
  readonly reference: string
}

export type Serving = Effect.Success<typeof open>

const layerOf = (file: string, double: Providers.Registered) =>
  Worker.layer({ pollMilliseconds: 100 }).pipe(
    Layer.provideMerge(
      Service.layer({ waitMilliseconds: 20_000 }).pipe(
        Layer.provideMerge(Providers.layer({ double })),
        Layer.provideMerge(SqliteLedger.layer({ file, worker: true, synchronous: "OFF" }))
      )
    ),
    Layer.provideMerge(logging.layer({ logFormat: "text", logLevel: "None", secrets: [] }))
  )

export const open = Effect.acquireRelease(
  Effect.promise(async () => {
    const folder = await mkdtemp(join(tmpdir(), "refunds-"))
    const double = await Effect.runPromise(makeDouble({ tells: false }))
    const runtime = ManagedRuntime.make(layerOf(join(folder, "refunds.db"), double))
    await runtime.runPromise(
      prepareKeys(tenant, [
        {
          name: PrincipalId.make("till"),
          permissions: ["refunds:request", "refunds:read", "orders:read"],
          secret: key
        },
        { name: PrincipalId.make("reader"), permissions: ["refunds:read", "orders:read"], secret: readingKey }
      ])
    )
    const server = createServer(express().use(refundRouter({ runtime, tenant })))
    await new Promise<void>((done) => server.listen(0, "127.0.0.1", done))
    return { folder, double, runtime, server, ...controls(runtime, double) }
  }),
  ({ folder, runtime, server }) =>
    Effect.promise(async () => {
      const closed = new Promise((done) => server.close(done))
      server.closeAllConnections()
      await closed
      await runtime.dispose()
      await rm(folder, { recursive: true, force: true })
    })
).pipe(
  Effect.map((opened) => ({ ...opened, url: `http://127.0.0.1:${(opened.server.address() as AddressInfo).port}` }))
)

const by = (permission: Parameters<typeof ownCaller>[2]) => ownCaller(tenant, "test", permission, Date.now())

type Runtime = ManagedRuntime.ManagedRuntime<Layer.Success<ReturnType<typeof layerOf>>, unknown>
type Double = Effect.Success<ReturnType<typeof makeDouble>>

const controls = (runtime: Runtime, double: Double) => {
  let drawn = 0
  const execute = <C extends Command>(command: C) =>
    runtime.runPromise(Refunds.use((refunds) => refunds.execute(command)))
  const refundsOf = (order: string): Promise<ReadonlyArray<Refund>> =>
    runtime.runPromise(
      Refunds.use((refunds) =>
        Effect.map(refunds.order(readsAll(), { order: OrderId.make(order) }), (view) => view.refunds)
      )
    )

  /** An order with one capture, taken at the provider. */
  const take = async (amount: bigint, currency: CurrencyCode, isCaptured = true): Promise<Taken> => {
    drawn += 1
    const reference = await Effect.runPromise(double.world.capture(amount, currency))
    const [order, capture] = [String(1_000 + drawn), String(500_000 + drawn)]
    await execute(
      build.register(
        build.order({
          currency,
          captures: [
            build.capture(capture, amount, {
              provider: "double",
              reference,
              capturedAt: isCaptured ? Date.now() - 3_600_000 : null
            })
          ]
        }),
        { id: order, caller: by("orders:write") }
      )
    )
    return { order, capture, reference }
  }

  /** Nothing of the order is about to be paid any more. */
  const quiet = async (order: string): Promise<ReadonlyArray<Refund>> => {
    for (let round = 0; ; round++) {
      const refunds = await refundsOf(order)
      if (!refunds.some(({ state }) => state === "approved" || state === "submitting")) return refunds
      if (round > 1_000) throw new Error(`a refund of order ${order} is not paid`)
      await new Promise((done) => setTimeout(done, 5))
    }
  }

  /** What the provider says by now of the order's newest refund is recorded. */
  const hear = async (order: string) => {
    const refund = (await quiet(order)).at(-1)
    const attempt = refund?.attempts.at(-1)
    if (refund === undefined || attempt === undefined) throw new Error(`nothing of order ${order} was sent`)
    const outcome = await Effect.runPromise(double.provider.lookup({ id: attempt.id } as Attempt))
    if (outcome === null) throw new Error("the provider has never heard of it")
    await execute({ _tag: "RecordOutcome", caller: by("worker"), refundId: refund.id, attemptId: attempt.id, outcome })
  }

  const dispute = ({ capture, order }: Taken, state: "open" | "won") =>
    execute({
      _tag: "RecordDispute",
      caller: by("disputes:write"),
      orderId: OrderId.make(order),
      dispute: { id: `dp-${order}`, captureId: CaptureId.make(capture), amount: 1n, state, at: Date.now() }
    })

  const deny = async (order: string) => {
    const refund = (await refundsOf(order)).at(-1)
    if (refund === undefined) throw new Error(`order ${order} has no refund`)
    await execute({ _tag: "DenyRefund", caller: by("refunds:approve"), refundId: refund.groupId })
  }

  return { take, refundsOf, quiet, hear, dispute, deny }
}

const readsAll = () => {
  const caller = by("orders:read")
  return { ...caller, by: { ...caller.by, permissions: new Set(["orders:read", "refunds:read"] as const) } }
}
