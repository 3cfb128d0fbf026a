/** The stores, by the address of a ledger. PostgreSQL's driver is loaded only where it is one's. */
import { Effect, Layer } from "effect"
import type { LedgerUnavailable } from "refund-core/ports/LedgerStore"
import { isPostgres } from "refund-service/databaseConfiguration"
import * as SqliteLedger from "refund-store/SqliteLedger"
import { Unavailable } from "./failures.ts"
import { type CopyProgress, LedgerPlaces } from "./LedgerPlaces.ts"

type OfFiles = Pick<SqliteLedger.SqliteLedgerOptions, "busyMilliseconds" | "synchronous">

/** `schema`: PostgreSQL's, empty: the usual one. A command needs few connections. */
export const storeAt = (url: string, schema: string, ofFiles: OfFiles = {}) => {
  if (!isPostgres(url)) return SqliteLedger.layer({ ...ofFiles, file: url })
  const place = schema === "" ? { url } : { url, schema }
  const opened = Effect.promise(() => import("refund-store/PostgresLedger"))
  return Layer.unwrap(Effect.map(opened, ({ layer }) => layer({ ...place, writers: 2, readers: 2 })))
}

/** The schema is PostgreSQL's, of whichever place is there. */
export const storePlaces = (schema: string) => {
  const whereOf = (url: string) => (schema === "" || !isPostgres(url) ? { url } : { url, schema })
  return LedgerPlaces.of({
    migrate: (url) =>
      Effect.flatMap(
        Effect.promise(() => import("refund-store/migrate")),
        ({ migrateLedger }) => Effect.mapError(migrateLedger(whereOf(url)), unavailable)
      ),
    copy: (from, to, onProgress) =>
      Effect.flatMap(
        Effect.promise(() => import("refund-store/copy")),
        ({ copyLedger }) =>
          copyLedger(whereOf(from), whereOf(to), (progress) => onProgress(told(progress))).pipe(
            Effect.catchTag("CopyRefused", ({ detail }) => Effect.succeed({ refused: detail })),
            Effect.mapError(unavailable)
          )
      )
  })
}

const unavailable = ({ detail }: LedgerUnavailable): Unavailable => new Unavailable({ detail })

type Told =
  | { readonly _tag: "copying"; readonly table: string; readonly rows: number }
  | { readonly _tag: "verifying"; readonly tenant: string; readonly entries: number }

const told = (progress: Told): CopyProgress =>
  progress._tag === "copying"
    ? { doing: `rows of ${progress.table} copied`, count: progress.rows }
    : { doing: "journal entries of the copy verified", count: progress.entries }
