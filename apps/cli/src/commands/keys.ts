/** `refund keys …`: API keys. A secret is printed once, to standard output; none is ever read from the arguments. */
import { Effect, Option, Schema } from "effect"
import { Argument, Command, Flag } from "effect/cli"
import { KeyBody, type KeyRotationJson, KeysBody, type NewKeyJson } from "refund-api/KeyBody"
import { permissions, roleNames } from "refund-core/Permission"
import { withLedger } from "../connect.ts"
import { Usage } from "../failures.ts"
import { answer } from "../output/answer.ts"
import { keysInWords, overlapInWords } from "../output/keys.ts"
import { harmless } from "../output/paint.ts"
import { Shell } from "../Shell.ts"
import { timeFlag } from "./times.ts"

const id = Argument.String("key").pipe(Argument.withDescription("The key's id, as `keys list` shows it"))

const until = timeFlag("expires", "From then on it is no credential, e.g. 2027-01-01T00:00:00Z")

/** Alone on standard output, so that it can be sent into a file. */
const shownOnce = Effect.fnUntraced(function* (key: KeyBody) {
  yield* answer(KeyBody, key, () => key.secret ?? "")
  ;(yield* Shell).tell("This is the only time the secret is shown: the ledger keeps its hash.")
})

const create = Command.make(
  "create",
  {
    name: Argument.String("name").pipe(
      Argument.withDescription("Whom the journal names for what is done with this key; keys of one name are one person")
    ),
    role: Flag.Literals("role", roleNames).pipe(
      Flag.withDescription("What it may do, as a set of permissions; once for each"),
      Flag.atLeast(0)
    ),
    permission: Flag.Literals("permission", [...permissions, "*"]).pipe(
      Flag.withDescription("What it may do beside its roles; once for each, * for everything"),
      Flag.atLeast(0)
    ),
    expires: until
  },
  ({ expires, name, permission, role }) => {
    if (permission.length === 0 && role.length === 0) {
      return Effect.fail(new Usage({ sentence: "Say what it may do: a --role, or a --permission" }))
    }
    const body: NewKeyJson = {
      name,
      roles: role,
      permissions: permission,
      ...(Option.isSome(expires) ? { expiresAt: expires.value } : {})
    }
    return withLedger((ledger) => Effect.flatMap(ledger.createKey(body), shownOnce), { makesFile: true })
  }
).pipe(
  Command.withDescription("Make an API key; its secret goes to standard output"),
  Command.withExamples([
    { command: "refund keys create shop --role integration > shop.key" },
    { command: "refund keys create bob --permission refunds:approve --expires 2027-01-01T00:00:00Z > bob.key" },
    { command: "refund keys create admin --permission '*'" }
  ])
)

const list = Command.make("list", {}, () =>
  withLedger((ledger) =>
    Effect.flatMap(ledger.keys, (keys) => answer(KeysBody, keys, (paint) => keysInWords(keys, paint)))
  )
).pipe(
  Command.withDescription("Who has a key, what it may do, when it was last used"),
  Command.withExamples([{ command: "refund keys list" }])
)

const rotate = Command.make(
  "rotate",
  {
    id,
    overlap: Flag.Int("overlap").pipe(
      Flag.withMetavar("<seconds>"),
      Flag.withDescription("For how long the secret before is good beside the new one; 0: no longer; else a day"),
      Flag.optional
    ),
    expires: until
  },
  ({ expires, id, overlap }) => {
    const body: KeyRotationJson = {
      ...(Option.isSome(overlap) ? { overlapSeconds: overlap.value } : {}),
      ...(Option.isSome(expires) ? { expiresAt: expires.value } : {})
    }
    return withLedger((ledger) =>
      Effect.flatMap(
        ledger.rotateKey(id, body),
        Effect.fnUntraced(function* (key) {
          yield* shownOnce(key)
          ;(yield* Shell).tell(overlapInWords(key))
        })
      )
    )
  }
).pipe(
  Command.withDescription("Give a key a new secret, which goes to standard output; the one before is good for a while"),
  Command.withExamples([
    { command: "refund keys rotate key_0191f5a744d3 > shop.key" },
    { command: "refund keys rotate key_0191f5a744d3 --overlap 0", description: "the old one is known to others" }
  ])
)

const revoke = Command.make("revoke", { id }, ({ id }) =>
  withLedger((ledger) =>
    Effect.andThen(
      ledger.revokeKey(id),
      answer(Schema.Struct({ revoked: Schema.String }), { revoked: id }, () => `Key ${harmless(id)} revoked`)
    )
  )
).pipe(
  Command.withDescription("Make a key good for nothing, with all its secrets; the last that manages keys stays"),
  Command.withExamples([{ command: "refund keys revoke key_0191f5a744d3" }])
)

export const keys = Command.make("keys").pipe(
  Command.withDescription("API keys: who may use this ledger, and for what"),
  Command.withSubcommands([create, list, rotate, revoke])
)
