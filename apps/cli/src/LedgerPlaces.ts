/** Where ledgers are kept, as places: made current, and copied from one to another. Only `main.ts` knows how. */
import { Context, type Effect } from "effect"
import type { Unavailable } from "./failures.ts"

export interface Migrated {
  /** The schema's number; zero: there was no ledger. */
  readonly before: number
  readonly after: number
}

export interface Copied {
  readonly rows: Readonly<Record<string, number>>
  readonly tenants: number
  readonly orders: number
  readonly entries: number
}

export interface CopyProgress {
  readonly doing: string
  readonly count: number
}

export class LedgerPlaces extends Context.Service<
  LedgerPlaces,
  {
    readonly migrate: (url: string) => Effect.Effect<Migrated, Unavailable>
    /** `refused`: why nothing was copied, or what is wrong with what was. */
    readonly copy: (
      from: string,
      to: string,
      onProgress: (progress: CopyProgress) => void
    ) => Effect.Effect<Copied | { readonly refused: string }, Unavailable>
  }
>()("refund-cli/LedgerPlaces") {}
