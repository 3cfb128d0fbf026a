import { readFileSync } from "node:fs"
import { DatabaseSync } from "node:sqlite"
import { setTimeout as pause } from "node:timers/promises"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer } from "effect"
import { Deliveries } from "refund-core/ports/Deliveries"
import { Feed } from "refund-core/ports/Feed"
import { Inbox } from "refund-core/ports/Inbox"
import { Refunds } from "refund-core/Refunds"
import * as B from "refund-testkit/build"
import { layer as onPostgres } from "../src/PostgresLedger.ts"
import { ledgerAt, temporaryFile } from "./ledgerFile.ts"
import { type Racer, startRacer } from "./processes.ts"
import { newPlace, noPostgres } from "./support/postgres.ts"
import { looks, nothingBefore } from "./support/postgresLedger.ts"

const clerk = B.caller()
const { tenant } = clerk

const endpoint = { id: "shop", url: "", events: ["*"], form: "standard", enabled: true, secretHashes: [] } as const

/** Three refunds that settle, on each of so many orders. */
const written = (orders: number) =>
  Effect.gen(function* () {
    const { execute } = yield* Refunds
    yield* execute({ _tag: "SetEndpoint", caller: clerk, endpoint })
    for (let number = 1; number <= orders; number++) {
      const order = `o-${number}`
      yield* execute(B.register(B.order({ captures: [B.capture(`c-${number}`)] }), { id: order }))
      for (const id of [B.freshId(), B.freshId(), B.freshId()]) {
        yield* execute(B.request({ amount: 10n, id, order }))
        yield* execute(B.begin(id, id))
        yield* execute(B.told(id, B.paid(10n, { reference: id }), { attempt: id }))
      }
    }
  })

/** As though so much time had passed that whoever was to send something has it no longer. */
const leasesEnd = "UPDATE deliveries SET available_at = 0 WHERE no IN (SELECT no FROM deliveries WHERE available_at > 0"

/** A file, or the URL of a schema in PostgreSQL: where a ledger is, as one text. */
const places = {
  "a file": {
    without: null,
    fresh: temporaryFile,
    open: (place: string) => ledgerAt(place),
    /** All that was written there can be told. */
    tells: () => Effect.void,
    endLeases: (file: string) =>
      Effect.sync(() => {
        const db = new DatabaseSync(file, { timeout: 60_000 })
        db.exec(`${leasesEnd})`)
        db.close()
      })
  },
  PostgreSQL: {
    without: noPostgres,
    fresh: Effect.promise(async () => {
      const { schema, url } = await newPlace()
      return `${url}?schema=${schema}`
    }),
    open: (url: string) => Layer.fresh(Refunds.layer.pipe(Layer.provideMerge(onPostgres({ url })))),
    tells: (url: string) => Effect.flatMap(looks({ url, schema: "public" }), nothingBefore),
    endLeases: (url: string) =>
      Effect.flatMap(looks({ url, schema: new URL(url).searchParams.get("schema") ?? "" }), (look) =>
        Effect.promise(() => look(`${leasesEnd} FOR UPDATE SKIP LOCKED)`))
      )
  }
} as const

const messengers = (at: string, count: number) =>
  Effect.acquireRelease(
    Effect.promise(() => Promise.all(Array.from({ length: count }, () => startRacer(at, "messenger")))),
    (started) => Effect.promise(() => Promise.all(started.map((each) => each.kill())))
  )

const heardUntilKilled = async (messenger: Racer, until: number): Promise<ReadonlyArray<string>> => {
  const heard: Array<string> = []
  while (heard.length < until) heard.push(await messenger.next())
  await messenger.kill()
  while (true) {
    const line = await messenger.next().catch(() => null)
    if (line === null) return heard
    heard.push(line)
  }
}

/** Whether it had so much to send, or was idle before. */
const hasSent = async (messenger: Racer, count: number): Promise<boolean> => {
  for (let sent = 0; sent < count; sent++) if ((await messenger.next()) === "idle") return false
  return true
}

/**
 * Kills one while both deliver. What it was to send is the other's once its lease is over: that is when it is dead, since one
 * that only stood still for so long would send again what the other has sent.
 */
const deliverAll = async ([killed, other]: readonly [Racer, Racer], log: string, endLeases: () => Promise<unknown>) => {
  killed.say(`deliver ${log}`)
  assert.isTrue(await hasSent(killed, 15))
  other.say(`deliver ${log}`)
  let isIdle = !(await hasSent(other, 15))
  await killed.kill()
  const goesOn = async () => {
    while (!isIdle) isIdle = !(await hasSent(other, 1))
  }
  const idle = goesOn()
  while (!isIdle) {
    await endLeases()
    await Promise.race([idle, pause(50)])
  }
  await idle
}

for (const [where, { endLeases, fresh, open, tells, without }] of Object.entries(places)) {
  describe.skipIf(without !== null)(`two processes that carry messages for one ledger in ${where}`, () => {
    it.effect("deliver everything, for each order in its order, when one is killed", () =>
      Effect.gen(function* () {
        const at = yield* fresh
        const log = `${yield* temporaryFile}.log`
        yield* written(20).pipe(Effect.provide(open(at)))
        yield* tells(at)
        const [killed, other] = yield* messengers(at, 2)
        assert.isDefined(killed)
        assert.isDefined(other)
        const end = () => Effect.runPromise(Effect.scoped(endLeases(at)))
        yield* Effect.promise(() => deliverAll([killed, other], log, end))

        const { events, rows } = yield* Effect.gen(function* () {
          const rows = yield* Deliveries.use(({ list }) => list(tenant, {}, { limit: 1_000, before: null }))
          return { rows, ...(yield* Feed.use((feed) => feed.read(tenant, null, { limit: 1_000, muted: false }))) }
        }).pipe(Effect.provide(open(at)))
        const lines = readFileSync(log, "utf8").trimEnd().split("\n")
        const sent = lines.map((line) => JSON.parse(line) as readonly [id: string, chain: string, seq: number])
        assert.strictEqual(events.length, 180)
        assert.sameMembers(
          [...new Set(sent.map(([id]) => id))],
          events.map((event) => event.id)
        )
        assert.sameMembers(
          rows.map((row) => row.told.id),
          events.map((event) => event.id)
        )
        for (const { state } of rows) assert.strictEqual(state, "delivered")
        for (const inOrder of Map.groupBy(sent, ([, chain]) => chain).values()) {
          const numbers = inOrder.map(([, , seq]) => seq)
          assert.deepStrictEqual(
            numbers,
            numbers.toSorted((a, b) => a - b)
          )
        }
      })
    )

    it.effect("are given each event of a provider once, and lose none that was kept when one is killed", () =>
      Effect.gen(function* () {
        const at = yield* fresh
        const [killed, other] = yield* messengers(at, 2)
        assert.isDefined(killed)
        assert.isDefined(other)
        for (const each of [killed, other]) each.say("tell 1")
        const heard = yield* Effect.promise(() =>
          Promise.all([heardUntilKilled(killed, 100), heardUntilKilled(other, 300)])
        )
        const given = heard.flat()
        assert.strictEqual(new Set(given).size, given.length)

        const kept = yield* Inbox.use(({ list }) => list(tenant, {}, { limit: 100_000, before: null })).pipe(
          Effect.provide(open(at))
        )
        const ids = kept.map((event) => event.news.eventId)
        assert.strictEqual(new Set(ids).size, ids.length)
        assert.includeMembers(ids, given)
      })
    )
  })
}
