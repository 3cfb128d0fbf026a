/** Numbers that look random and are the same for the same seed, so that what they found can be found again. */
export class Random {
  #state: number

  constructor(seed: number) {
    this.#state = seed >>> 0
  }

  /** From 0 up to, and without, 1: mulberry32. */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0
    let mixed = this.#state
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }

  below(count: number): number {
    return Math.floor(this.next() * count)
  }

  /** One in so many. */
  oneIn(count: number): boolean {
    return this.below(count) === 0
  }

  of<A>(from: ReadonlyArray<A>): A {
    const chosen = from[this.below(from.length)]
    if (chosen === undefined) throw new Error("nothing to choose from")
    return chosen
  }
}
