import { assert, describe, it } from "@effect/vitest"
import { type Circuit, type CircuitOptions, defaults, makeCircuit, type Sign } from "../src/Circuit.ts"

const options: CircuitOptions = { silences: 3, firstPauseMilliseconds: 1_000, longestPauseMilliseconds: 4_000 }
const silent: Sign = { _tag: "silent" }
const answered: Sign = { _tag: "answered" }

/** Calls at one time after the other; answers when each began, or until when it was not let. */
const call = (circuit: Circuit, now: number, sign: Sign, spread = 0): number | "called" => {
  const admission = circuit.admit(now)
  if (admission._tag === "paused") return admission.until
  circuit.saw(sign, { isProbe: admission.isProbe, now, spread })
  return "called"
}

const silenced = () => {
  const circuit = makeCircuit(options)
  for (let time = 0; time < 3; time++) assert.strictEqual(call(circuit, time, silent), "called")
  return circuit
}

describe("a provider's circuit", () => {
  it("opens when so many calls in a row had no answer, and lets one through when the pause is over", () => {
    const circuit = silenced()
    assert.strictEqual(call(circuit, 3, answered), 1_002)
    assert.strictEqual(call(circuit, 1_001, answered), 1_002)
    assert.strictEqual(call(circuit, 1_002, answered), "called")
    assert.strictEqual(call(circuit, 1_003, answered), "called")
  })

  it("counts only calls in a row", () => {
    const circuit = makeCircuit(options)
    for (const sign of [silent, silent, answered, silent, silent, answered]) call(circuit, 0, sign)
    assert.strictEqual(call(circuit, 1, answered), "called")
  })

  it("lets one call alone find out, and the others wait for what it finds", () => {
    const circuit = silenced()
    const probe = circuit.admit(2_000)
    assert.deepStrictEqual(probe, { _tag: "admitted", isProbe: true })
    assert.deepStrictEqual(circuit.admit(2_001), { _tag: "paused", until: 3_001 })
    circuit.saw(answered, { isProbe: true, now: 2_500, spread: 0 })
    assert.deepStrictEqual(circuit.admit(2_501), { _tag: "admitted", isProbe: false })
  })

  it("pauses twice as long each time, up to the longest", () => {
    const circuit = silenced()
    const pauses = [2_000, 4_000, 4_000].map((expected, index) => {
      const now = 10_000 * (index + 1)
      assert.strictEqual(call(circuit, now, silent), "called")
      return [call(circuit, now, silent), now + expected]
    })
    for (const [until, expected] of pauses) assert.strictEqual(until, expected)
  })

  it("begins again with the first pause once there was an answer", () => {
    const circuit = silenced()
    call(circuit, 10_000, silent)
    call(circuit, 20_000, answered)
    for (let time = 0; time < 3; time++) call(circuit, 30_000, silent)
    assert.strictEqual(call(circuit, 30_000, answered), 31_000)
  })

  it("is not held open longer by calls that began before it opened", () => {
    const circuit = silenced()
    for (let time = 0; time < 100; time++) circuit.saw(silent, { isProbe: false, now: 900, spread: 0 })
    assert.strictEqual(call(circuit, 901, answered), 1_002)
  })

  it("closes when a call that began before it opened is answered after all", () => {
    const circuit = silenced()
    circuit.saw(answered, { isProbe: false, now: 500, spread: 0 })
    assert.strictEqual(call(circuit, 501, answered), "called")
  })

  it("tries the next one where the one call found out nothing", () => {
    const circuit = silenced()
    assert.strictEqual(call(circuit, 2_000, { _tag: "none" }), "called")
    assert.deepStrictEqual(circuit.admit(2_001), { _tag: "admitted", isProbe: true })
  })

  it("spreads the pause, so that many processes do not come back as one", () => {
    const circuit = makeCircuit(options)
    for (let time = 0; time < 3; time++) call(circuit, 0, silent, 0.5)
    assert.strictEqual(call(circuit, 1, answered), 1_100)
  })

  it("leaves alone who says when to come back (T29), for an hour at most", () => {
    const circuit = makeCircuit(options)
    call(circuit, 0, { _tag: "busy", milliseconds: 7_000 })
    assert.strictEqual(call(circuit, 6_999, answered), 7_000)
    assert.strictEqual(call(circuit, 7_000, { _tag: "busy", milliseconds: 1e12 }), "called")
    assert.strictEqual(call(circuit, 7_001, answered), 7_000 + 3_600_000)
  })

  it("pauses from a second to a minute where nothing else is said", () => {
    assert.deepStrictEqual(defaults, {
      silences: 5,
      firstPauseMilliseconds: 1_000,
      longestPauseMilliseconds: 60_000
    })
  })
})
