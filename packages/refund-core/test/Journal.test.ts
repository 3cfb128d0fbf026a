import { createHash } from "node:crypto"
import { assert, describe, it } from "@effect/vitest"
import { assertSuccess, assertTrue, deepStrictEqual } from "@effect/vitest/utils"
import { Arbitrary, Result, Schema } from "effect"
import { canonical } from "refund-core/canonical"
import { Event } from "refund-core/Event"
import { chained, entryText, orderChain, readEntry, settingsChain, textsHash } from "refund-core/Journal"
import type { Stamp } from "refund-core/ports/LedgerStore"

const sha256 = (text: string) => createHash("sha256").update(text).digest("hex")
const stamp: Stamp = { at: 1_793_620_800_000, by: "ada", door: "native" }

const startsWith = (start: string) => (text: string) => text.startsWith(start) && text.length > start.length

/** What the journal keeps of an event: all but its texts. */
const withoutTexts = (event: Event): unknown => {
  const { texts: _, ...rest } = event as Event & { readonly texts?: unknown }
  return rest
}

describe("a journal entry", () => {
  it.prop(
    "gives back the events that were written, texts as their hash",
    { events: Arbitrary.array(Arbitrary.schema(Event), { minLength: 1, maxLength: 4 }) },
    ({ events }) => {
      const text = entryText("acme", "order:A-1001", 7, stamp, events, sha256)
      const read = readEntry(text)
      if (Result.isFailure(read)) return assert.fail(read.failure)
      assertTrue(read.success.events.every((event) => Schema.is(Event)(event)))
      deepStrictEqual(canonical(read.success.events), canonical(events.map(withoutTexts)))
      deepStrictEqual(read.success.stamp, stamp)
      events.forEach((event, index) => {
        const texts = "texts" in event ? event.texts : undefined
        deepStrictEqual(read.success.hashes[index], texts === undefined ? null : textsHash(texts, sha256))
      })
    },
    { arbitrary: { runs: 300 } }
  )

  it("is the same text for the same content, however its keys are ordered", () => {
    deepStrictEqual(canonical({ b: 1n, a: [null, undefined, "x"], c: undefined }), '{"a":[null,null,"x"],"b":"1"}')
    deepStrictEqual(canonical({ c: undefined, a: [null, undefined, "x"], b: 1n }), '{"a":[null,null,"x"],"b":"1"}')
  })

  it("keeps no word of a note: only its salted hash, which another salt changes", () => {
    const event = (salt: string): Event =>
      ({ _tag: "RefundRequested", refund: {}, key: null, texts: { salt, note: "broken handle" } }) as never
    const text = (salt: string) => entryText("acme", "order:A-1001", 1, stamp, [event(salt)], sha256)
    assertTrue(!text("s1").includes("broken"))
    assert.notStrictEqual(text("s1"), text("s2"))
  })

  it("says with which credential, from where and in which request, where that is known; an entry of before reads the same", () => {
    const via = { with: "key_1", from: "203.0.113.7", requestId: "r-1" }
    const text = entryText("acme", "order:A-1001", 1, { ...stamp, ...via }, [], sha256)
    const read = readEntry(text)
    deepStrictEqual(Result.isSuccess(read) && read.success.stamp, { ...stamp, ...via })
    const before = entryText("acme", "order:A-1001", 1, stamp, [], sha256)
    for (const name of Object.keys(via)) assertTrue(!before.includes(`"${name}"`))
  })

  it("is in the chain of its order, or of the tenant's settings", () => {
    deepStrictEqual(orderChain("A-1001"), "order:A-1001")
    deepStrictEqual(settingsChain, "settings")
  })

  it("is chained to the one before it", () => {
    assert.notStrictEqual(sha256(chained("", "entry")), sha256(chained("ab", "entry")))
  })

  it("that cannot be read says what is wrong with it", () => {
    for (const text of ["", "{", "[]", '{"chain":"order:1"}']) {
      assertTrue(Result.match(readEntry(text), { onFailure: startsWith("not an entry: "), onSuccess: () => false }))
    }
    const entry = { chain: "order:1", seq: 1, at: 1, by: "ada", door: "native", events: [{ _tag: "Nothing" }] }
    const read = readEntry(JSON.stringify(entry))
    assertTrue(Result.match(read, { onFailure: startsWith("not an event: "), onSuccess: () => false }))
  })
})

describe("the journal's text is JSON", () => {
  it("which has no number that is none", () => {
    deepStrictEqual(canonical({ a: Number.NaN, b: Number.POSITIVE_INFINITY }), '{"a":null,"b":null}')
  })

  it.prop("that parses back to the same value", { value: Schema.Json }, ({ value }) => {
    assertSuccess(Result.succeed(JSON.parse(canonical(value))), JSON.parse(JSON.stringify(value)))
  })
})
