/** The query of `GET /v1/refunds`. */
import { Result, Schema } from "effect"
import type { RefundFilter } from "refund-core/ports/LedgerReader"
import { Destination, RefundState, RefundType } from "refund-core/Refund"
import { type Rejected, rejected } from "refund-core/Violation"
import { limitOf, pageLimit } from "./Page.ts"
import { decoder, named, stated } from "./Shape.ts"
import { Time } from "./Time.ts"

export const RefundQuery = Schema.Struct({
  state: Schema.optionalKey(RefundState),
  type: Schema.optionalKey(RefundType),
  destination: Schema.optionalKey(Destination),
  orderId: Schema.optionalKey(named),
  captureId: Schema.optionalKey(named),
  customerId: Schema.optionalKey(named),
  createdAfter: Schema.optionalKey(Time),
  createdBefore: Schema.optionalKey(Time),
  cursor: Schema.optionalKey(named),
  limit: Schema.optionalKey(pageLimit)
})
/** Everything is text in a query. */
export type RefundQueryJson = typeof RefundQuery.Encoded

const decode = decoder(RefundQuery)

export interface ListQuery {
  readonly filter: RefundFilter
  readonly page: { readonly limit: number; readonly cursor: string | null }
}

export const toListQuery = (query: unknown): Result.Result<ListQuery, Rejected> =>
  decode(query).pipe(
    Result.mapError(rejected),
    Result.map(({ cursor, limit, ...filter }) => ({
      filter: stated(filter) as RefundFilter,
      page: { limit: limitOf(limit), cursor: cursor ?? null }
    }))
  )
