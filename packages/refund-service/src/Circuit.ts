/**
 * A provider that cannot be reached is left alone for a while: after several calls in a row without an answer, nothing is
 * begun for it until a pause is over, and then one call alone finds out. Each pause is longer than the one before.
 */
import type { Instant } from "refund-core/Ids"

/** What a call was to the connection: an answer, whatever it said · none · a wish to be left alone · no call at all. */
export type Sign =
  | { readonly _tag: "answered" | "silent" | "none" }
  | { readonly _tag: "busy"; readonly milliseconds: number }

export type Admission =
  | { readonly _tag: "admitted"; readonly isProbe: boolean }
  | { readonly _tag: "paused"; readonly until: Instant }

export interface CircuitOptions {
  /** So many calls without an answer, one after the other, open it. */
  readonly silences: number
  /** The first pause; each further one is twice as long, up to the longest. */
  readonly firstPauseMilliseconds: number
  readonly longestPauseMilliseconds: number
}

export const defaults: CircuitOptions = {
  silences: 5,
  firstPauseMilliseconds: 1_000,
  longestPauseMilliseconds: 60_000
}

/** How soon to ask again whether the one call that is let through has come back: after half of the pause before it. */
const whileProbing = { least: 1_000, most: 10_000 }
/** A provider may name any time; its own refund waits as long, the others not longer than this. */
const longestWish = 3_600_000

export interface Circuit {
  /** May a call begin? Whoever is admitted says what came of it by `saw`, with the same `isProbe`. */
  readonly admit: (now: Instant) => Admission
  /** `spread` from 0 to 1: how much of a fifth the pause is longer, so that many processes do not come back as one. */
  readonly saw: (
    sign: Sign,
    call: { readonly isProbe: boolean; readonly now: Instant; readonly spread: number }
  ) => void
  /** Until when nothing is begun for it; null: it is not left alone. */
  readonly pausedUntil: () => Instant | null
}

export const makeCircuit = (options: CircuitOptions = defaults): Circuit => {
  let silences = 0
  let pauses = 0
  let pause = 0
  let until: Instant | null = null
  let isProbing = false

  const close = () => {
    silences = 0
    pauses = 0
    until = null
    isProbing = false
  }
  const open = (now: Instant, spread: number) => {
    pause = Math.min(options.firstPauseMilliseconds * 2 ** pauses, options.longestPauseMilliseconds)
    until = now + Math.round(pause * (1 + spread / 5))
    pauses += 1
  }

  return {
    pausedUntil: () => until,
    admit: (now) => {
      if (until === null) return { _tag: "admitted", isProbe: false }
      if (now < until) return { _tag: "paused", until }
      if (isProbing) {
        const wait = Math.min(Math.max(pause / 2, whileProbing.least), whileProbing.most)
        return { _tag: "paused", until: now + wait }
      }
      isProbing = true
      return { _tag: "admitted", isProbe: true }
    },
    saw: (sign, { isProbe, now, spread }) => {
      if (isProbe) isProbing = false
      switch (sign._tag) {
        case "none":
          return
        case "answered":
          return close()
        case "busy":
          until = Math.max(until ?? 0, now + Math.min(sign.milliseconds, longestWish))
          return
        case "silent":
          silences += 1
          // Calls that began before it opened say nothing new.
          if (until === null ? silences >= options.silences : isProbe) open(now, spread)
      }
    }
  }
}
