/**
 * How far an import has come, in a small file beside the one that is imported: after a crash the same command goes on from
 * there. It only saves work. That nothing is made twice is the keys' doing, with this file or without.
 */
import { createHash } from "node:crypto"
import {
  closeSync,
  existsSync,
  ftruncateSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
  writeSync
} from "node:fs"
import { Effect } from "effect"
import { Usage } from "../failures.ts"
import { cannotBe } from "../files.ts"
import { nothingYet, type Tally } from "./tally.ts"

interface Kept {
  /** Which file, as it was then, imported how. */
  readonly of: string
  /** Of the rows up to this one the fate is known. */
  readonly row: number
  readonly rejectedBytes: number
  readonly tally: Tally
}

export interface Resumed {
  readonly row: number
  readonly tally: Tally
}

const fresh: Resumed = { row: 0, tally: nothingYet }

export const failing = <A>(path: string, act: () => A): Effect.Effect<A, Usage> =>
  Effect.try({
    try: act,
    catch: (cause) => new Usage({ sentence: cannotBe("written", path, cause) })
  })

export class Resumption {
  readonly path: string
  readonly rejectedPath: string
  readonly #of: string
  #rejected: number | null = null
  #rejectedBytes = 0

  constructor(file: string, options: unknown, rejectedPath: string) {
    this.path = `${file}.progress`
    this.rejectedPath = rejectedPath
    const { mtimeMs, size } = statSync(file)
    this.#of = createHash("sha256")
      .update(JSON.stringify([size, mtimeMs, options]))
      .digest("hex")
  }

  /** Rejected rows that were written after the last time this was kept are taken back: they will come again. */
  get begin(): Effect.Effect<Resumed, Usage> {
    return failing(this.rejectedPath, () => {
      const kept = this.#read()
      if (kept === null) {
        rmSync(this.rejectedPath, { force: true })
        return fresh
      }
      if (kept.rejectedBytes === 0) rmSync(this.rejectedPath, { force: true })
      else {
        this.#rejected = openSync(this.rejectedPath, "r+")
        ftruncateSync(this.#rejected, kept.rejectedBytes)
        this.#rejectedBytes = kept.rejectedBytes
      }
      // One that an earlier version kept says nothing of where reading ended.
      return { row: kept.row, tally: { ...nothingYet, ...kept.tally } }
    })
  }

  #read(): Kept | null {
    if (!existsSync(this.path)) return null
    try {
      const kept = JSON.parse(readFileSync(this.path, "utf8")) as Kept
      const isWhole = kept.rejectedBytes === 0 || statSync(this.rejectedPath).size >= kept.rejectedBytes
      return kept.of === this.#of && isWhole ? kept : null
    } catch {
      return null
    }
  }

  /** `head` goes before the first rejected row. */
  reject(head: string, rows: string): Effect.Effect<void, Usage> {
    return failing(this.rejectedPath, () => {
      const text = Buffer.from(this.#rejectedBytes === 0 ? head + rows : rows)
      this.#rejected ??= openSync(this.rejectedPath, "w")
      writeSync(this.#rejected, text, 0, text.length, this.#rejectedBytes)
      this.#rejectedBytes += text.length
    })
  }

  keep(row: number, tally: Tally): Effect.Effect<void, Usage> {
    return failing(this.path, () => {
      const kept: Kept = { of: this.#of, row, rejectedBytes: this.#rejectedBytes, tally }
      writeFileSync(`${this.path}.new`, JSON.stringify(kept))
      renameSync(`${this.path}.new`, this.path)
    })
  }

  /** It came to its end: the next import of the file is a new one. */
  get end(): Effect.Effect<void> {
    return Effect.sync(() => {
      rmSync(this.path, { force: true })
      this.close()
    })
  }

  close(): void {
    if (this.#rejected !== null) closeSync(this.#rejected)
    this.#rejected = null
  }

  get hasRejected(): boolean {
    return this.#rejectedBytes > 0
  }
}
