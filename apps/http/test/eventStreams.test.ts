import { once } from "node:events"
import { createServer } from "node:http"
import { type AddressInfo, connect } from "node:net"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer, ManagedRuntime, References } from "effect"
import express from "express"
import type { PrincipalId, TenantId } from "refund-core/Ids"
import { prepareKeys } from "refund-service/Access"
import * as Service from "refund-service/Service"
import * as SqliteLedger from "refund-store/SqliteLedger"
import { EventStreamPace } from "../src/nativeEvents.ts"
import { refundRouter } from "../src/router.ts"
import { writeStream } from "../src/stream.ts"
import { callerOf, payment } from "./support/call.ts"
import { openStream } from "./support/eventStream.ts"
import { ledgerFile } from "./support/process.ts"

const key = "stream-secret"

/** A ledger whose streams say soon that they are still there. */
const withLedger = async (test: (url: string, stop: () => void) => Promise<void>) => {
  const { database, remove } = await ledgerFile()
  const ledger = Service.layer({ waitMilliseconds: 0 }).pipe(
    Layer.provideMerge(SqliteLedger.layer({ file: database, synchronous: "OFF" })),
    Layer.merge(Layer.succeed(References.MinimumLogLevel, "None")),
    Layer.merge(Layer.succeed(EventStreamPace, { pollMilliseconds: 10, heartbeatMilliseconds: 30 }))
  )
  const runtime = ManagedRuntime.make(ledger)
  const admin = { name: "admin" as PrincipalId, permissions: ["*"] as const, secret: key }
  await runtime.runPromise(prepareKeys("theirs" as TenantId, [admin]))
  const stopping = new AbortController()
  const app = express().use("/money", refundRouter({ runtime, stopping: stopping.signal }))
  const server = app.listen(0, "127.0.0.1")
  await new Promise((resolve) => server.once("listening", resolve))
  try {
    await test(`http://127.0.0.1:${(server.address() as AddressInfo).port}/money`, () => stopping.abort())
  } finally {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
    await runtime.dispose()
    await remove()
  }
}

const refunded = async (url: string, count: number) => {
  const call = callerOf({ url, adminKey: key })
  await call("PUT", "/v1/orders/o-1", { body: payment("o-1", 1_000) })
  for (let index = 0; index < count; index++) {
    const body = { amount: 1, destination: "payout" }
    await call("POST", "/v1/orders/o-1/refunds", { body, headers: { "idempotency-key": `k-${index}-${Date.now()}` } })
  }
}

describe("an event stream in somebody's own app", () => {
  it("says that it is still there, and where it is by now, so that what is not asked for is not read again", () =>
    withLedger(async (url) => {
      await refunded(url, 5)
      const quiet = await openStream({ url, key, path: "/v1/events?types=dispute.*" })
      const silence = quiet.next()
      while (quiet.lastId() === "" || quiet.comments() < 3) await new Promise((resolve) => setTimeout(resolve, 10))
      quiet.close()
      assert.isNull(await silence)
      const page = await callerOf({ url, adminKey: key })("GET", `/v1/events?after=${quiet.lastId()}`)
      assert.deepStrictEqual(page.body.events, [])
    }))

  it("ends when its app says that it stops", () =>
    withLedger(async (url, stop) => {
      await refunded(url, 1)
      const stream = await openStream({ url, key })
      assert.strictEqual((await stream.next())?.data.type, "refund.created")
      stop()
      assert.isNull(await stream.next())
      const late = await openStream({ url, key })
      assert.isNull(await late.next().then((told) => (told === null ? null : late.next())))
    }))
})

describe("an answer that goes on", () => {
  it("waits for a client that does not read, and holds no more than is on its way", async () => {
    const piece = "x".repeat(65_536)
    let written = 0
    const server = createServer((_, response) =>
      writeStream(
        response,
        {
          status: 200,
          stream: (write) =>
            Effect.forever(
              Effect.andThen(
                write(piece),
                Effect.sync(() => written++)
              )
            )
        },
        { fork: Effect.runFork, revoked: Effect.never, stopping: undefined }
      )
    ).listen(0, "127.0.0.1")
    await once(server, "listening")
    const socket = connect((server.address() as AddressInfo).port, "127.0.0.1")
    await once(socket, "connect")
    socket.pause()
    socket.write("GET / HTTP/1.1\r\nhost: x\r\n\r\n")
    const standstill = await standsStill(() => written)
    // What the kernel keeps for both ends; without waiting it would be gigabytes by now.
    assert.isBelow(standstill * piece.length, 64 * 1024 * 1024)
    socket.resume()
    while (written < standstill + 100) await pause(5)
    socket.destroy()
    const gone = await standsStill(() => written)
    assert.isAtLeast(gone, standstill + 100)
    await new Promise((resolve) => server.close(resolve))
  })
})

const pause = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds))

/** The count that is no longer growing. */
const standsStill = async (count: () => number): Promise<number> => {
  for (let before = -1; ; ) {
    await pause(100)
    if (count() > 0 && count() === before) return before
    before = count()
  }
}
