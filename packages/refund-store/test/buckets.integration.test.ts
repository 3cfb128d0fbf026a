/** What processes on one PostgreSQL share of their rate limits. */
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { type Bucket, Buckets } from "refund-core/ports/Buckets"
import { noPostgres } from "./support/postgres.ts"
import { ledgerAt, looks, type Place, place } from "./support/postgresLedger.ts"

const forgetAfter = 3_600_000

/** Takes one from each while there is any. */
const asked = (names: ReadonlyArray<string>, full: number) =>
  Buckets.use((buckets) =>
    buckets.change(
      names,
      (kept, now) => {
        const left = names.map((name) => kept.get(name)?.left ?? full)
        const isThere = left.every((each) => each >= 1)
        const after = new Map<string, Bucket>(
          names.map((name, index) => [name, { left: (left[index] ?? 0) - (isThere ? 1 : 0), at: now }])
        )
        return { buckets: after, answer: isThere }
      },
      forgetAfter
    )
  )

/** A limit that cannot be looked up within a second is told as that, and nothing of it is kept: then it is asked again. */
const takeOf = (names: ReadonlyArray<string>, full: number) => Effect.eventually(asked(names, full))

const ofProcess = (at: Place) => ledgerAt(at) as ReturnType<typeof ledgerAt> & Parameters<typeof Effect.provide>[1]

describe.skipIf(noPostgres !== null)("buckets on PostgreSQL", () => {
  it.live(
    "are one for all processes: so many are taken as there are, whoever asks, in whatever order they are named",
    () =>
      Effect.gen(function* () {
        const at = yield* place
        const taken = (order: "there" | "back") =>
          Effect.forEach(
            Array.from({ length: 120 }, (_, turn) => ["all", `key ${turn % 3}`]),
            (names) => takeOf(order === "there" ? names : names.toReversed(), 100),
            { concurrency: 8 }
          ).pipe(Effect.provide(ofProcess(at)))
        const answers = yield* Effect.all([taken("there"), taken("back")], { concurrency: 2 })
        assert.strictEqual(answers.flat().filter((isTaken) => isTaken).length, 100)
        const look = yield* looks(at)
        const rows = yield* Effect.promise(() =>
          look<readonly [string]>("SELECT remaining FROM buckets ORDER BY remaining")
        )
        assert.lengthOf(rows, 4)
        assert.strictEqual(Number(rows[0]?.[0]), 0)
        const named = yield* Effect.promise(() => look("SELECT name FROM buckets WHERE name !~ '^[0-9a-f]{64}$'"))
        assert.deepStrictEqual(named, [], "no credential stands there by its name")
      }).pipe(Effect.scoped) as Effect.Effect<void>
  )

  it.live(
    "go by the database's clock, and nothing is kept of what could not be decided",
    () =>
      Effect.gen(function* () {
        const at = yield* place
        const look = yield* looks(at)
        yield* Effect.gen(function* () {
          const buckets = yield* Buckets
          const before = Date.now()
          const now = yield* buckets.change(["a"], (_, now) => ({ buckets: new Map(), answer: now }), forgetAfter)
          assert.isTrue(Math.abs(now - before) < 60_000)
          const broken = new Error("a decision broke")
          const failed = yield* Effect.exit(
            buckets.change(
              ["b"],
              () => {
                throw broken
              },
              forgetAfter
            )
          )
          assert.strictEqual(failed._tag, "Failure")
          assert.isTrue(yield* takeOf(["b"], 1))
          assert.isFalse(yield* takeOf(["b"], 1))
        }).pipe(Effect.provide(ofProcess(at)))
        const rows = yield* Effect.promise(() => look("SELECT remaining FROM buckets WHERE remaining IS NOT NULL"))
        assert.lengthOf(rows, 1)
      }).pipe(Effect.scoped) as Effect.Effect<void>
  )

  it.live(
    "fail while they cannot be looked at, and are as they were afterwards",
    () =>
      Effect.gen(function* () {
        const at = yield* place
        const look = yield* looks(at)
        yield* Effect.gen(function* () {
          assert.isTrue(yield* takeOf(["a"], 2))
          yield* Effect.promise(() => look("ALTER TABLE buckets RENAME TO elsewhere"))
          const failed = yield* Effect.exit(asked(["a"], 2))
          assert.strictEqual(failed._tag, "Failure")
          yield* Effect.promise(() => look("ALTER TABLE elsewhere RENAME TO buckets"))
          assert.isTrue(yield* takeOf(["a"], 2))
          assert.isFalse(yield* takeOf(["a"], 2))
        }).pipe(Effect.provide(ofProcess(at)))
      }).pipe(Effect.scoped) as Effect.Effect<void>
  )
})
