/** What surrounds a command: the environment, standard output for results, standard error for words to people. */
import { Context, type Effect } from "effect"
import type { PrincipalId } from "refund-core/Ids"
import type { Usage } from "./failures.ts"
import type { Paint } from "./output/paint.ts"

export interface OpenFile {
  readonly chunks: AsyncIterable<Uint8Array>
  readonly size: number | null
  readonly head: string
}

export class Shell extends Context.Service<
  Shell,
  {
    readonly env: Readonly<Record<string, string | undefined>>
    /** The operating system's name for who runs this. */
    readonly user: PrincipalId
    readonly print: (text: string) => void
    readonly tell: (text: string) => void
    readonly hasColor: { readonly printed: boolean; readonly told: boolean }
    readonly paint: { readonly printed: Paint; readonly told: Paint }
    /** `-` is standard input. */
    readonly readFile: (path: string) => Effect.Effect<string, Usage>
    /** The same, piece by piece. `size`: bytes; null: it is no file, and comes once; `head`: how it begins, where it can be looked at twice. */
    readonly openFile: (path: string) => Effect.Effect<OpenFile, Usage>
    /** Of the terminal that standard error is; without an end where nobody knows. */
    readonly columns: () => number
    /** Draws over the line before on a terminal's standard error; an empty text only clears it. Null: no terminal. */
    readonly draw: ((line: string) => void) | null
    /** Shows only this on a terminal that standard output is. Null: it is none. */
    readonly screen: ((text: string) => void) | null
    /** Asks whoever sits at the terminal; Ctrl-C and Ctrl-D answer nothing. Null: nobody does. */
    readonly ask: ((question: string) => Effect.Effect<string>) | null
    /** A path or a `file:` URL. */
    readonly fileExists: (file: string) => boolean
  }
>()("refund-cli/Shell") {}
