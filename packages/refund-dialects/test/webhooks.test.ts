import { createHash } from "node:crypto"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer, Result } from "effect"
import type { Command } from "refund-core/Command"
import type { RefundId, TenantId } from "refund-core/Ids"
import { readEntry } from "refund-core/Journal"
import { notifications } from "refund-core/Notification"
import type { Told } from "refund-core/ports/Feed"
import { LedgerReader } from "refund-core/ports/LedgerReader"
import { Refunds } from "refund-core/Refunds"
import {
  approve,
  begin,
  capture,
  declined,
  noon,
  order,
  paid,
  refundId,
  register,
  request,
  returned,
  told
} from "refund-testkit/build"
import { layerMemory } from "refund-testkit/LedgerStoreMemory"
import * as geins from "../src/geins/webhook.ts"
import * as maverick from "../src/maverick/webhook.ts"
import type { WebhookForm } from "../src/WebhookForm.ts"

const id = refundId(1)
const tenant = "acme" as TenantId

/** What the feed tells of an order after these commands, read as late as it can be. */
const toldAfter = (...commands: ReadonlyArray<Command>) =>
  Effect.gen(function* () {
    const refunds = yield* Refunds
    const reader = yield* LedgerReader
    for (const command of commands) yield* refunds.execute(command)
    const kept = new Map(
      (yield* reader.order(tenant, { order: "o-1" as never }))?.refunds.map((each) => [each.id, each])
    )
    const entries = yield* reader.journal(tenant, "order:o-1")
    return entries.flatMap(({ seq, text }) => {
      const entry = Result.getOrThrow(readEntry(text))
      return notifications(entry, (of: RefundId) => kept.get(of)).map(
        (each, index): Told => ({ ...each, id: `evt-${seq}-${index}`, cursor: "", chain: entry.chain, seq })
      )
    })
  }).pipe(Effect.provide(Refunds.layer.pipe(Layer.provideMerge(layerMemory))))

const secrets = ["newest", "older"]
const written = (form: WebhookForm, events: ReadonlyArray<Told>, url = "https://pay.example/hook") =>
  events.flatMap((each) => {
    const letter = form(each, { endpoint: { url }, secrets, now: noon })
    return letter === null ? [] : [{ type: each.type, ...letter }]
  })

const external = register(order({ customer: "u-1", captures: [capture("c-1", 100n, { provider: "external" })] }))

describe("Geins' refund event", () => {
  it.effect("is the instruction to pay, to whoever pays elsewhere, and is sent when the refund may be paid", () =>
    Effect.gen(function* () {
      const asked = request({ id, amount: 40n, requiresApproval: true })
      assert.deepStrictEqual(written(geins.webhook, yield* toldAfter(external, asked)), [])
      const events = yield* toldAfter(external, asked, approve(id))
      assert.deepStrictEqual(
        written(geins.webhook, events).map(({ type, headers, body }) => ({ type, headers, body: JSON.parse(body) })),
        [
          {
            type: "refund.created",
            headers: { "x-idempotency-key": id, "x-timestamp": "2026-11-02T12:00:00.000Z" },
            body: {
              entity: "Refund",
              action: "create",
              account: "",
              environment: "",
              id,
              paymentName: "external",
              channelName: ""
            }
          }
        ]
      )
    })
  )

  it.effect("is information where our worker pays, and is sent once it has", () =>
    Effect.gen(function* () {
      const events = yield* toldAfter(register(), request({ id, amount: 40n }), begin(id), told(id, paid(40n)))
      assert.deepStrictEqual(
        written(geins.webhook, events).map(({ type }) => type),
        ["refund.settled"]
      )
    })
  )

  it.effect("is not sent for what nobody has to pay, nor where it is not wanted", () =>
    Effect.gen(function* () {
      for (const asked of [
        request({ id, amount: 40n, destination: "store_credit" }),
        request({ id, amount: 4n, type: "instance_cost" }),
        request({ id, amount: 40n, skipEvents: true }),
        request({ id, amount: 40n, settled: true })
      ]) {
        assert.deepStrictEqual(written(geins.webhook, yield* toldAfter(external, asked)), [])
      }
    })
  )

  it.effect("has one key for all refunds of a group, which is one refund to Geins", () =>
    Effect.gen(function* () {
      const captures = ["c-1", "c-2"].map((name) => capture(name, 100n, { provider: "external" }))
      const events = yield* toldAfter(register(order({ captures })), request({ id, amount: 150n }))
      const keys = written(geins.webhook, events).map(({ headers }) => headers["x-idempotency-key"])
      assert.deepStrictEqual(keys, [id, id])
    })
  )

  it.effect("fills the placeholders of the URL", () =>
    Effect.gen(function* () {
      const events = yield* toldAfter(external, request({ id, amount: 40n }))
      const url =
        "https://pay.example/{{entity}}/{{action}}/{{id}}?by={{paymentName}}&c={{channelName}}&x={{productId}}"
      const [letter] = written(geins.webhook, events, url)
      assert.strictEqual(letter?.url, `https://pay.example/Refund/create/${id}?by=external&c=&x={{productId}}`)
      const [parsed] = written(geins.webhook, events, new URL("https://pay.example/{{id}}").href)
      assert.strictEqual(parsed?.url, `https://pay.example/${id}`)
    })
  )
})

describe("Maverick's webhook", () => {
  const settled = [register(), request({ id, amount: 40n }), begin(id), told(id, paid(40n))]

  it.effect("tells of a refund that was paid, signed with the newest secret over id, module, action and date", () =>
    Effect.gen(function* () {
      const [letter, ...more] = written(maverick.webhook, yield* toldAfter(...settled))
      assert.deepStrictEqual(more, [])
      const body = JSON.parse(letter?.body ?? "")
      const { data, ...event } = body
      assert.deepStrictEqual(event, {
        id: event.id,
        module: "payment",
        action: "refund",
        date: "2026-11-02 12:00:00"
      })
      const { amount, parent, status, type } = data
      assert.deepStrictEqual(
        { amount, parent, status, type },
        { amount: "0.40", parent: { id: "c-1" }, status: { status: "Approved", reason: null }, type: "Return" }
      )
      const signed = createHash("sha512").update(`newest${event.id}paymentrefund2026-11-02 12:00:00`).digest("hex")
      assert.deepStrictEqual(letter?.headers, { "webhook-signature": signed })
      assert.isTrue(letter?.isSigned)
    })
  )

  it.effect("tells of a refund that was refused, and of one that came back", () =>
    Effect.gen(function* () {
      const statusOf = (events: ReadonlyArray<Told>) =>
        written(maverick.webhook, events).map(({ body }) => [JSON.parse(body).action, JSON.parse(body).data.status])
      const refused = yield* toldAfter(register(), request({ id, amount: 40n }), begin(id), told(id, declined))
      assert.deepStrictEqual(statusOf(refused), [["updateStatus", { status: "Decline", reason: "expired_card" }]])
      const back = yield* toldAfter(...settled, told(id, returned))
      assert.deepStrictEqual(statusOf(back), [
        ["refund", { status: "Approved", reason: null }],
        ["updateStatus", { status: "Error", reason: null }]
      ])
    })
  )

  it.effect("says the same of an event whatever has happened since", () =>
    Effect.gen(function* () {
      const [then] = written(maverick.webhook, yield* toldAfter(...settled))
      const [later] = written(maverick.webhook, yield* toldAfter(...settled, told(id, returned)))
      assert.deepStrictEqual(later, then)
    })
  )

  it.effect("is silent about what gives nothing back on a payment, and about what is muted", () =>
    Effect.gen(function* () {
      const credit = request({ id, amount: 40n, destination: "store_credit" })
      assert.deepStrictEqual(
        written(maverick.webhook, yield* toldAfter(register(order({ customer: "u" })), credit)),
        []
      )
      const muted = request({ id, amount: 40n, skipEvents: true })
      const events = yield* toldAfter(register(), muted, begin(id), told(id, paid(40n)))
      assert.isAbove(events.length, 0)
      assert.deepStrictEqual(written(maverick.webhook, events), [])
    })
  )
})
