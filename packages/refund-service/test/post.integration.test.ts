import { createServer, type RequestListener } from "node:http"
import type { AddressInfo, Socket } from "node:net"
import { assert, describe, it } from "@effect/vitest"
import { Deferred, Effect, Fiber } from "effect"
import { makePost } from "../src/post.ts"

/** A receiver for as long as the scope lasts; answers its port. */
const receiver = (listener: RequestListener, connected: (socket: Socket) => void = () => {}) =>
  Effect.acquireRelease(
    Effect.callback<ReturnType<typeof createServer>>((resume) => {
      const server = createServer(listener).on("connection", connected)
      // A connection that is kept is closed by who keeps it, never while it is used again.
      server.keepAliveTimeout = 0
      server.listen(0, "127.0.0.1", () => resume(Effect.succeed(server)))
    }),
    (server) =>
      Effect.callback<void>((resume) => {
        server.closeAllConnections()
        server.close(() => resume(Effect.void))
      })
  ).pipe(Effect.map((server) => (server.address() as AddressInfo).port))

const hour = 3_600_000

const silent: RequestListener = (_, response) => response.writeHead(200).flushHeaders()

/** A receiver that counts who connects to it. `gone`: the first of them has hung up. */
const counted = (listener: RequestListener) =>
  Effect.gen(function* () {
    let made = 0
    let hungUp = () => {}
    const closed = new Promise<void>((resolve) => {
      hungUp = resolve
    })
    const port = yield* receiver(listener, (socket) => {
      made += 1
      socket.once("close", hungUp)
    })
    return { port, connections: { made: () => made, gone: Effect.promise(() => closed) } }
  })

const parcel = (url: string, body = '{"a":"ä"}') => ({ url, headers: { "webhook-id": "e-1" }, body })
const post = makePost({ toPrivate: true })

describe("one POST", () => {
  it.live("sends the body's bytes and the headers, and answers the status", () =>
    Effect.gen(function* () {
      const seen: Array<unknown> = []
      const port = yield* receiver((request, response) => {
        const chunks: Array<Buffer> = []
        request.on("data", (chunk: Buffer) => chunks.push(chunk))
        request.on("end", () => {
          const { headers, method, url } = request
          const body = Buffer.concat(chunks).toString()
          seen.push([method, url, headers["content-type"], headers["webhook-id"], headers["content-length"], body])
          response.writeHead(seen.length === 1 ? 204 : 503).end("x".repeat(200_000))
        })
      })
      const url = `http://127.0.0.1:${port}/hook?a=1`
      assert.deepStrictEqual([yield* post(parcel(url)), yield* post(parcel(url))], [204, 503])
      const sent = ["POST", "/hook?a=1", "application/json", "e-1", "10", '{"a":"ä"}']
      assert.deepStrictEqual(seen, [sent, sent])
    })
  )

  it.live("does not follow a redirect, wherever it leads", () =>
    Effect.gen(function* () {
      const paths: Array<string | undefined> = []
      const port = yield* receiver((request, response) => {
        paths.push(request.url)
        response.writeHead(307, { location: "/elsewhere" }).end()
      })
      assert.strictEqual(yield* post(parcel(`http://127.0.0.1:${port}/`)), 307)
      assert.deepStrictEqual(paths, ["/"])
    })
  )

  it.live("says why there was no answer", () =>
    Effect.gen(function* () {
      const port = yield* receiver((request) => request.socket.destroy())
      const cut = yield* Effect.flip(post(parcel(`http://127.0.0.1:${port}/`)))
      assert.match(cut.detail, /^ECONNRESET/)
      const closed = yield* Effect.scoped(receiver(() => {}))
      const refused = yield* Effect.flip(post(parcel(`http://127.0.0.1:${closed}/`)))
      assert.match(refused.detail, /^ECONNREFUSED/)
    })
  )

  it.live("hangs up when it is interrupted", () =>
    Effect.gen(function* () {
      const asked = Deferred.makeUnsafe<void>()
      const hungUp = Deferred.makeUnsafe<void>()
      const port = yield* receiver((request) => {
        request.socket.on("close", () => Deferred.doneUnsafe(hungUp, Effect.void))
        Deferred.doneUnsafe(asked, Effect.void)
      })
      const call = yield* Effect.forkChild(post(parcel(`http://127.0.0.1:${port}/`)))
      yield* Deferred.await(asked)
      assert.isUndefined(call.pollUnsafe())
      yield* Fiber.interrupt(call)
      yield* Deferred.await(hungUp)
    })
  )

  it.live("hangs up on a receiver whose answer never ends; its status counts all the same", () =>
    Effect.gen(function* () {
      const dripping: RequestListener = (_, response) => {
        const drips = setInterval(() => response.write("."), 10)
        response.writeHead(503).on("close", () => clearInterval(drips))
      }
      const hasty = makePost({ toPrivate: true }, { restMilliseconds: 50 })
      for (const [listener, status] of [[silent, 200] as const, [dripping, 503] as const]) {
        const { connections, port } = yield* counted(listener)
        assert.strictEqual(yield* hasty(parcel(`http://127.0.0.1:${port}/`)), status)
        yield* connections.gone
      }
    })
  )

  it.live("hangs up on the oldest of the answers that have not ended where they are too many", () =>
    Effect.gen(function* () {
      const { connections, port } = yield* counted(silent)
      const busy = makePost({ toPrivate: true }, { restsAtOnce: 2, restMilliseconds: hour, idleMilliseconds: hour })
      for (const _ of [1, 2, 3]) assert.strictEqual(yield* busy(parcel(`http://127.0.0.1:${port}/`)), 200)
      yield* connections.gone
      assert.strictEqual(connections.made(), 3)
    })
  )

  it.live("hangs up where nothing moves on a connection for so long", () =>
    Effect.gen(function* () {
      const { connections, port } = yield* counted(() => {})
      const hasty = makePost({ toPrivate: true }, { idleMilliseconds: 50 })
      const silence = yield* Effect.flip(hasty(parcel(`http://127.0.0.1:${port}/`)))
      assert.strictEqual(silence.detail, "nothing came for 0.05 s")
      yield* connections.gone
    })
  )

  it.live("keeps the connection of a receiver whose answer ended for the next one", () =>
    Effect.gen(function* () {
      const { connections, port } = yield* counted((_, response) => response.end("taken"))
      const hasty = makePost({ toPrivate: true }, { restMilliseconds: 100 })
      yield* hasty(parcel(`http://127.0.0.1:${port}/`))
      yield* Effect.sleep(250)
      yield* hasty(parcel(`http://127.0.0.1:${port}/`))
      assert.strictEqual(connections.made(), 1)
    })
  )

  it.live("goes to no private address where that is not allowed, neither by its number nor by a name for it", () =>
    Effect.gen(function* () {
      let asked = 0
      const port = yield* receiver((_, response) => {
        asked += 1
        response.end()
      })
      const outside = makePost({ toPrivate: false })
      const byNumber = yield* Effect.flip(outside(parcel(`http://127.0.0.1:${port}/`)))
      assert.strictEqual(byNumber.detail, "not sent: 127.0.0.1 is a private address")
      const byName = yield* Effect.flip(outside(parcel(`http://localhost:${port}/`)))
      assert.match(byName.detail, /is a private address$/)
      assert.strictEqual(asked, 0)
      assert.strictEqual(yield* post(parcel(`http://localhost:${port}/`)), 200)
    })
  )
})
