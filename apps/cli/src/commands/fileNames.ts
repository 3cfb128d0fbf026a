/** Files that are named on the command line: shells complete them, and they stay as they were written, so that - is itself. */
import { Effect } from "effect"
import { type Argument, type Flag, Param, Primitive } from "effect/cli"

/** The library's own makes every path absolute. */
const asWritten: Primitive.Primitive<string> = Object.assign(Primitive.Path("file", false), {
  parse: (written: string) => Effect.succeed(written)
})

export const fileArgument = (name: string): Argument.Argument<string> =>
  Param.makeSingle({ kind: Param.argumentKind, name, primitiveType: asWritten })

export const fileFlag = (name: string): Flag.Flag<string> =>
  Param.makeSingle({ kind: Param.flagKind, name, primitiveType: asWritten })
