/** A ledger in memory behind a real socket, with what the test breaks of it. */
import type { AddressInfo } from "node:net"
import { Effect, Layer, ManagedRuntime, References } from "effect"
import express from "express"
import type { PrincipalId, TenantId } from "refund-core/Ids"
import { Deliveries } from "refund-core/ports/Deliveries"
import { Feed } from "refund-core/ports/Feed"
import { Inbox } from "refund-core/ports/Inbox"
import { LedgerReader } from "refund-core/ports/LedgerReader"
import { LedgerStore, LedgerUnavailable } from "refund-core/ports/LedgerStore"
import { Refunds } from "refund-core/Refunds"
import type { Dialect } from "refund-dialects/Dialect"
import { hashOf } from "refund-service/Access"
import * as Service from "refund-service/Service"
import { order, register } from "refund-testkit/build"
import { layerMemory } from "refund-testkit/LedgerStoreMemory"
import { refundRouter } from "../../src/router.ts"

export const adminKey = "failing-secret"
export const down = Effect.fail(new LedgerUnavailable({ detail: "the disk is full", retryAfterSeconds: 7 }))
const found = {
  tenant: "acme" as TenantId,
  key: { name: "admin" as PrincipalId, permissions: ["*"] as const, hash: hashOf(adminKey) }
}

export interface Ledger {
  readonly store?: Partial<LedgerStore["Service"]>
  readonly reader?: Partial<LedgerReader["Service"]>
  readonly dialects?: ReadonlyArray<Dialect>
  /** What else is different. */
  readonly settings?: Layer.Layer<never>
}

export const withLedger = async (
  broken: Ledger,
  test: (server: { readonly url: string; readonly adminKey: string }) => Promise<void>
) => {
  const store = Layer.effect(
    LedgerStore,
    Effect.map(LedgerStore, (store) => LedgerStore.of({ ...store, ...broken.store }))
  )
  const reader = Layer.effect(
    LedgerReader,
    Effect.map(LedgerReader, (reader) =>
      LedgerReader.of({
        ...reader,
        keyByHash: (hash) => Effect.succeed(hash === found.key.hash ? found : null),
        ...broken.reader
      })
    )
  )
  const unasked = Layer.mergeAll(Layer.mock(Feed)({}), Layer.mock(Deliveries)({}), Layer.mock(Inbox)({}))
  const ports = Layer.merge(store, reader).pipe(Layer.provideMerge(layerMemory), Layer.merge(unasked))
  const runtime = ManagedRuntime.make(
    Service.layer({ waitMilliseconds: 100 }).pipe(
      Layer.provideMerge(ports),
      Layer.merge(Layer.succeed(References.MinimumLogLevel, "None")),
      Layer.provideMerge(broken.settings ?? Layer.empty)
    )
  )
  const app = express().use(
    refundRouter({ runtime, ...(broken.dialects === undefined ? {} : { dialects: broken.dialects }) })
  )
  const server = app.listen(0, "127.0.0.1")
  await new Promise((resolve) => server.once("listening", resolve))
  try {
    if (broken.store === undefined)
      await runtime.runPromise(Refunds.use((refunds) => refunds.execute(register(order(), {}))))
    await test({ url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, adminKey })
  } finally {
    await new Promise((resolve) => server.close(resolve))
    await runtime.dispose()
  }
}
