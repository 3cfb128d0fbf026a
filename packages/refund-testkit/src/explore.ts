/** Every state that can be come to, the nearest first, and every step between them. */

export interface Exploring<State, Move> {
  readonly start: State
  /** What can be tried in a state. */
  readonly moves: (state: State) => Iterable<Move>
  /** Null: the move is refused, or changes nothing. */
  readonly next: (state: State, move: Move) => State | null
  /** Two states with the same key are one. */
  readonly key: (state: State) => string
  /** What is wrong with a state that was come to for the first time, or null. */
  readonly check?: (state: State, before: State, move: Move) => string | null
  /** Told of every step, also of those to a state that is known. */
  readonly onStep?: (from: number, to: number, move: Move) => void
  /** Told of every state once, with its number, in the order in which they are found. */
  readonly onState?: (state: State, index: number) => void
  /** Stops when this many states were found. */
  readonly atMost?: number
}

export type Explored<State, Move> =
  | {
      readonly _tag: "held"
      readonly states: number
      readonly steps: number
      /** How many moves the state that is furthest from the start needs. */
      readonly depth: number
      /** There is nothing else to find. */
      readonly isComplete: boolean
    }
  | {
      readonly _tag: "broken"
      readonly what: string
      /** A shortest way to it. */
      readonly moves: ReadonlyArray<Move>
      readonly state: State
    }

/** Keeps the states of two depths at a time, and of all others only the key. */
export const explore = <State, Move>(exploring: Exploring<State, Move>): Explored<State, Move> => {
  const { atMost = Number.POSITIVE_INFINITY, check, key, moves, next, onState, onStep, start } = exploring
  const known = new Map([[key(start), 0]])
  const ways: Array<Way<Move> | null> = [null]
  onState?.(start, 0)
  let frontier: ReadonlyArray<readonly [State, number]> = [[start, 0]]
  let steps = 0
  let depth = 0
  while (frontier.length > 0) {
    const found: Array<readonly [State, number]> = []
    for (const [state, from] of frontier) {
      for (const move of moves(state)) {
        const reached = next(state, move)
        if (reached === null) continue
        steps++
        const name = key(reached)
        const index = known.get(name)
        onStep?.(from, index ?? known.size, move)
        if (index !== undefined) continue
        const to = known.size
        known.set(name, to)
        ways.push({ from, move })
        onState?.(reached, to)
        const what = check?.(reached, state, move) ?? null
        if (what !== null) return { _tag: "broken", what, moves: wayTo(ways, to), state: reached }
        if (known.size >= atMost)
          return { _tag: "held", states: known.size, steps, depth: depth + 1, isComplete: false }
        found.push([reached, to])
      }
    }
    if (found.length > 0) depth++
    frontier = found
  }
  return { _tag: "held", states: known.size, steps, depth, isComplete: true }
}

interface Way<Move> {
  readonly from: number
  readonly move: Move
}

const wayTo = <Move>(ways: ReadonlyArray<Way<Move> | null>, index: number): ReadonlyArray<Move> => {
  const moves: Array<Move> = []
  let way = ways[index] ?? null
  while (way !== null) {
    moves.unshift(way.move)
    way = ways[way.from] ?? null
  }
  return moves
}
