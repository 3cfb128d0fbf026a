/** The flags every command takes. */
import { Flag, GlobalFlag } from "effect/cli"

export const Json = GlobalFlag.Setting("json")({
  flag: Flag.Boolean("json").pipe(
    Flag.withDescription("Print the result as JSON, in the API's form; amounts are minor units"),
    Flag.withDefault(false)
  )
})

export const Database = GlobalFlag.Setting("database")({
  flag: Flag.String("database").pipe(
    Flag.withMetavar("<file>"),
    Flag.withDescription(
      "Work on this ledger: a file, or postgres://user@host/database (else REFUND_DATABASE_URL, else ./data/refunds.db)"
    ),
    // Of a script whose variable is not set: another ledger than the one that was meant is worse than none.
    Flag.filter(
      (named) => named !== "",
      () => "a ledger, not an empty text; without the flag it is the default's"
    ),
    Flag.optional
  )
})

export const Url = GlobalFlag.Setting("url")({
  flag: Flag.String("url").pipe(
    Flag.withMetavar("<url>"),
    Flag.withDescription("Work against this server, with the key in REFUND_API_KEY or --key-file"),
    Flag.optional
  )
})

/** A secret in the arguments would be seen by everyone on the machine. */
export const KeyFile = GlobalFlag.Setting("key-file")({
  flag: Flag.String("key-file").pipe(
    Flag.withMetavar("<file>"),
    Flag.withDescription("A file with the API key"),
    Flag.optional
  )
})

export const settings = [Json, Database, Url, KeyFile] as const
