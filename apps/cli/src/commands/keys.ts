/** `refund keys create`: an API key, whose secret is printed this once. */
import { Effect, Schema } from "effect"
import { Argument, Command, Flag } from "effect/cli"
import { permissions } from "refund-core/Permission"
import { KeyPermission } from "refund-core/Settings"
import { withLedger } from "../connect.ts"
import { answer } from "../output/answer.ts"
import { Shell } from "../Shell.ts"

const NewKeyBody = Schema.Struct({
  name: Schema.String,
  permissions: Schema.Array(KeyPermission),
  secret: Schema.String
})

const create = Command.make(
  "create",
  {
    name: Argument.String("name").pipe(
      Argument.withDescription("Whom the journal names for what is done with this key")
    ),
    permission: Flag.Literals("permission", [...permissions, "*"]).pipe(
      Flag.withDescription("What it may do; once for each, * for everything"),
      Flag.atLeast(1)
    )
  },
  ({ name, permission }) =>
    withLedger(
      (ledger) =>
        Effect.gen(function* () {
          const key = yield* ledger.createKey(name, permission)
          yield* answer(NewKeyBody, key, () => key.secret)
          ;(yield* Shell).tell("This is the only time the secret is shown: the ledger keeps its hash.")
        }),
      { makesFile: true }
    )
).pipe(
  Command.withDescription("Make an API key on the ledger's file; its secret goes to standard output"),
  Command.withExamples([
    { command: "refund keys create shop --permission orders:write --permission refunds:request > shop.key" },
    { command: "refund keys create admin --permission '*'" }
  ])
)

export const keys = Command.make("keys").pipe(Command.withDescription("API keys"), Command.withSubcommands([create]))
