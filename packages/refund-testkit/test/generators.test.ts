import { describe, it } from "@effect/vitest"
import { deepStrictEqual, fail, strictEqual } from "@effect/vitest/utils"
import { Effect, Result, Schema } from "effect"
import * as Arbitrary from "effect/Arbitrary"
import { noFacts } from "refund-core/apply"
import { exponentOf } from "refund-core/Currency"
import { decide } from "refund-core/decide"
import { type Event, Event as EventSchema } from "refund-core/Event"
import { entryText, orderChain, readEntry } from "refund-core/Journal"
import type { Registration } from "refund-core/Order"
import { precedence } from "refund-core/Violation"
import { register } from "../src/build.ts"
import { orders, requestWith } from "../src/generators.ts"
import { sha256 } from "../src/internal/books.ts"

const sample = (count: number) => Arbitrary.sampleEffect(orders, { count, seed: 3, size: 20 })

describe("orders at random", () => {
  it.prop("add up, and are registered", { order: orders }, ({ order }) => {
    const decided = decide(register(order), noFacts)
    if (Result.isFailure(decided)) return fail(decided.failure.violations.map((each) => each._tag).join())
    strictEqual(decided.success.after.order?.collected, collected(order))
  })

  it.effect("have currencies of every number of digits, and every part there is", () =>
    Effect.gen(function* () {
      const all = yield* sample(300)
      deepStrictEqual([...new Set(all.map((order) => exponentOf(order.currency)))].toSorted(), [0, 2, 3, 4])
      const has: Record<string, (order: Registration) => boolean> = {
        "a bare payment": (order) => order.lines === undefined && order.total === undefined,
        "several captures": (order) => order.captures.length > 1,
        "a capture that is only authorized": (order) => order.captures.some((each) => each.capturedAt === null),
        "a guest": (order) => order.customerId === undefined,
        "a discounted row": (order) => (order.lines ?? []).some((line) => (line.discount ?? 0n) > 0n),
        shipping: (order) => order.shipping !== undefined,
        "an invoice fee": (order) => order.invoiceFee !== undefined,
        "another fee": (order) => order.fees !== undefined,
        "tax of its own": (order) =>
          (order.tax ?? 0n) > 0n && (order.lines ?? []).every((line) => line.tax === undefined),
        "tax included": (order) => order.taxIncluded === true,
        "a total that is not what was collected": (order) =>
          order.total !== undefined && order.total !== collected(order)
      }
      deepStrictEqual(
        Object.entries(has)
          .filter(([, is]) => !all.some(is))
          .map(([name]) => name),
        []
      )
    })
  )
})

const collected = ({ captures }: Registration): bigint =>
  captures.reduce((sum, capture) => sum + (capture.capturedAt === null ? 0n : capture.amount), 0n)

const isEvent = Schema.is(EventSchema)

const withoutTexts = (event: Event): Event => {
  const { texts: _, ...rest } = event as Event & { readonly texts?: unknown }
  return rest as Event
}

describe("requests at random", () => {
  it.prop(
    "are refused in the documented order of rules, or make events that the journal gives back",
    { order: orders, request: requestWith({ orders: ["o-1"] }) },
    ({ order, request }) => {
      const registered = decide(register(order), noFacts)
      if (Result.isFailure(registered)) return fail("the order is not registered")
      const decided = decide(request, registered.success.after)
      if (Result.isFailure(decided)) {
        const ranks = decided.failure.violations.map((each) => precedence[each._tag])
        return deepStrictEqual(
          ranks,
          ranks.toSorted((a, b) => a - b)
        )
      }
      const { events, stamp } = decided.success
      strictEqual(
        events.every((event) => isEvent(event)),
        true
      )
      const read = readEntry(entryText("acme", orderChain("o-1"), 2, stamp, events, sha256))
      deepStrictEqual(Result.isSuccess(read) && read.success.events, events.map(withoutTexts))
    },
    { arbitrary: { runs: 1_000 } }
  )
})
