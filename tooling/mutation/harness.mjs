/** What stands in for vitest and @effect/vitest while mutants are tested: it only keeps the tests, to be run many times. */
import nodeAssert from "node:assert"
import { Arbitrary, Effect, Layer, Scope } from "effect"

/** Enough to catch what is wrong in general; a property that needs more is one that a row should stand beside. */
const runs = 50

/** The tests of the file that is being loaded. */
let kept = []
let names = []

export const collect = async (file, load) => {
  kept = []
  names = []
  await load()
  return kept.map(({ name, test }) => ({ id: `${file}#${name}`, name, fileName: file, test }))
}

/** Options stand before the body, or after it. */
const bodyOf = (given) => given.find((each) => typeof each === "function")

export const describe = (name, ...given) => {
  const outer = names
  names = [...outer, name]
  bodyOf(given)()
  names = outer
}

const keep = (last, test) => {
  const name = [...names, last].join(" ")
  const alike = kept.filter((each) => each.name === name || each.name.startsWith(`${name} #`)).length
  kept.push({ name: alike === 0 ? name : `${name} #${alike + 1}`, test })
}

export const it = (name, ...given) => keep(name, bodyOf(given))

it.for = (cases) => (name, test) => {
  cases.forEach((each, index) => {
    keep(`${name} ${index + 1}`, () => test(each))
  })
}

it.effect = (name, ...given) => keep(name, () => Effect.runPromise(Effect.scoped(bodyOf(given)())))
it.live = it.effect

it.prop = (name, arbitraries, holds, options = {}) => {
  const arbitrary = Arbitrary.all(
    Object.fromEntries(
      Object.entries(arbitraries).map(([key, each]) => [
        key,
        Arbitrary.isArbitrary(each) ? each : Arbitrary.schema(each)
      ])
    )
  )
  const asked = options.arbitrary ?? {}
  const how = { seed: 1, ...asked, runs: Math.min(asked.runs ?? runs, runs) }
  keep(name, async () => {
    const property = (value) => Effect.try(() => holds(value) !== false)
    const failure = Arbitrary.formatCheckFailure(
      await Effect.runPromise(Arbitrary.checkEffect(arbitrary, property, how))
    )
    if (failure !== undefined) throw new Error(failure)
  })
}

/** The tests within share one layer, made by the first of them and never closed: it holds nothing but memory. */
export const layer = (shared) => (nameOrBody, body) => {
  const context = Effect.runSync(Effect.cached(Layer.buildWithScope(shared, Scope.makeUnsafe())))
  const within = Object.assign((...args) => it(...args), it, {
    effect: (name, ...given) =>
      it.effect(name, () => Effect.flatMap(context, (made) => Effect.provide(bodyOf(given)(), made)))
  })
  if (body === undefined) nameOrBody(within)
  else describe(nameOrBody, () => body(within))
}

export const assert = nodeAssert
