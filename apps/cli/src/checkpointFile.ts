/**
 * A checkpoint as a file: the head of each chain on a line, and last how many there are and the root over all of these
 * lines. Whoever keeps only the root elsewhere can still tell that a file is the one that was written.
 */
import { createHash } from "node:crypto"
import { Effect, Result, Schema } from "effect"
import type { ChainHead } from "refund-core/ports/LedgerReader"
import { linesOf } from "refund-service/importing/lines"
import { Usage } from "./failures.ts"
import type { OpenFile } from "./Shell.ts"

/** What `refund checkpoint --json` prints, and the file's last line. */
export const CheckpointBody = Schema.Struct({
  /** When it was begun. */
  at: Schema.String,
  orders: Schema.Int,
  entries: Schema.Int,
  chains: Schema.Int,
  /** SHA-256 over the lines before, hex. */
  root: Schema.String
}).annotate({ identifier: "Checkpoint" })
export type CheckpointBody = typeof CheckpointBody.Type

const HeadLine = Schema.Tuple([Schema.String, Schema.Int, Schema.String])
const decodeHead = Schema.decodeUnknownResult(HeadLine)
const decodeEnd = Schema.decodeUnknownResult(CheckpointBody)

/** Counts heads, and hashes their lines, in the order in which they come. */
export class Roll {
  readonly #hash = createHash("sha256")
  #orders = 0
  #entries = 0
  #chains = 0

  /** The head's line, with its end. */
  add({ chain, entries, hash }: ChainHead): string {
    const line = `${JSON.stringify([chain, entries, hash])}\n`
    this.#hash.update(line)
    this.#chains++
    this.#entries += entries
    if (chain.startsWith("order:")) this.#orders++
    return line
  }

  end(at: string): CheckpointBody {
    return { at, orders: this.#orders, entries: this.#entries, chains: this.#chains, root: this.#hash.digest("hex") }
  }
}

const perLook = 100

/** Hands the file's heads over a portion at a time; answers the file's end, once it is known to be whole. */
export const readCheckpoint = <E>(
  name: string,
  { chunks }: OpenFile,
  look: (heads: ReadonlyArray<ChainHead>) => Effect.Effect<void, E>
): Effect.Effect<CheckpointBody, E | Usage> =>
  Effect.gen(function* () {
    const roll = new Roll()
    const portions = linesOf(chunks)
    let end: CheckpointBody | null = null
    for (;;) {
      const next = yield* Effect.tryPromise({
        try: () => portions.next(),
        catch: (cause) => new Usage({ sentence: `${name} cannot be read: ${String(cause)}` })
      })
      if (next.done === true) break
      const heads: Array<ChainHead> = []
      for (const { text } of next.value) {
        if (text === "") continue
        const read: ChainHead | CheckpointBody | null = end === null ? lineOf(text) : null
        if (read === null) return yield* noCheckpoint(name)
        if ("root" in read) end = read
        else {
          roll.add(read)
          heads.push(read)
        }
      }
      for (let from = 0; from < heads.length; from += perLook) yield* look(heads.slice(from, from + perLook))
    }
    if (end === null) return yield* noCheckpoint(name)
    const is = roll.end(end.at)
    if (is.root !== end.root || is.entries !== end.entries || is.orders !== end.orders || is.chains !== end.chains) {
      return yield* new Usage({ sentence: `${name} is not as it was written: its lines have the root ${is.root}` })
    }
    return end
  })

const lineOf = (text: string): ChainHead | CheckpointBody | null => {
  const json = Result.getOrNull(Result.try(() => JSON.parse(text) as unknown))
  const head = decodeHead(json)
  if (Result.isSuccess(head)) {
    const [chain, entries, hash] = head.success
    return { chain, entries, hash }
  }
  return Result.getOrNull(decodeEnd(json))
}

const noCheckpoint = (name: string) =>
  Effect.fail(new Usage({ sentence: `${name} is no whole checkpoint as \`refund checkpoint\` writes them` }))
