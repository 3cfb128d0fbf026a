import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer } from "effect"
import { Inbox, type InboxEvent } from "refund-core/ports/Inbox"
import type { ProviderNews } from "refund-core/ports/ProviderNews"
import { Refunds } from "refund-core/Refunds"
import * as B from "refund-testkit/build"
import { sqlite } from "../src/internal/dialect.ts"
import { inboxSql } from "../src/internal/inbox.ts"
import { ledgerAt, temporaryFile } from "./ledgerFile.ts"
import { planOf } from "./planOf.ts"

const { tenant } = B.caller()
const ledger = Layer.unwrap(Effect.map(temporaryFile, (file) => ledgerAt(file)))

const news = (eventId: string): ProviderNews => ({ eventId, at: B.noon, about: { _tag: "other", type: "ping" } })
const put = (...all: ReadonlyArray<ProviderNews>) => Inbox.use((inbox) => inbox.put(tenant, "stripe", all, B.noon))
const take = Inbox.use((inbox) => inbox.take(100))
const idsOf = (events: ReadonlyArray<InboxEvent>) => events.map((event) => event.news.eventId)

describe("the inbox", () => {
  it.effect("takes the first word of a tenant that has written nothing yet, who then writes as any other", () =>
    Effect.gen(function* () {
      const refunds = yield* Refunds
      yield* put(news("a"))
      yield* refunds.execute(B.register())
      assert.isTrue((yield* refunds.verify(B.caller())).ok)
      assert.deepStrictEqual(idsOf(yield* Inbox.use((inbox) => inbox.list(tenant, {}, { limit: 10, before: null }))), [
        "a"
      ])
    }).pipe(Effect.provide(ledger))
  )

  it.effect("is given back by a process that is closed before it applied what it was told", () =>
    Effect.gen(function* () {
      const file = yield* temporaryFile
      yield* Effect.gen(function* () {
        yield* put(news("a"), news("b"))
        assert.deepStrictEqual(yield* take, [])
      }).pipe(Effect.provide(ledgerAt(file)))
      yield* Effect.gen(function* () {
        const inbox = yield* Inbox
        assert.deepStrictEqual(idsOf(yield* inbox.take(1)), ["a"])
        assert.deepStrictEqual(idsOf(yield* take), ["b"])
        assert.deepStrictEqual(yield* take, [])
      }).pipe(Effect.provide(ledgerAt(file)))
    })
  )

  it.effect("finds its events by indexes, however many there are", () =>
    Effect.gen(function* () {
      const file = yield* temporaryFile
      yield* put(news("a")).pipe(Effect.provide(ledgerAt(file)))
      for (const sql of Object.values(inboxSql(sqlite))) assert.notMatch(planOf(file, sql), /SCAN inbox|TEMP B-TREE/)
    })
  )
})
