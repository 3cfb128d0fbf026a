/** Which accounts a tenant has at its providers, by their configured names: nothing here is a credential. */
import { Result, Schema } from "effect"
import { type Rejected, rejected } from "refund-core/Violation"
import { decoder, identifier, wholeNumber } from "./Shape.ts"

export const ProvidersUpdate = Schema.Struct({
  /** The version that was read: the change is refused where someone else was faster. Absent: the last writer wins. */
  version: Schema.optionalKey(wholeNumber),
  /** The account at each provider; one that is left out goes back to the server's own. */
  providers: Schema.Record(Schema.String, identifier)
})
export type ProvidersUpdateJson = typeof ProvidersUpdate.Encoded

export const ProvidersBody = Schema.Struct({
  version: Schema.Int,
  /** Where the next attempt goes; of a provider that is not named, to the server's own account. */
  providers: Schema.Record(Schema.String, Schema.String),
  /** What may be chosen, and at which providers each of them is. */
  usable: Schema.Array(Schema.Struct({ account: Schema.String, providers: Schema.Array(Schema.String) }))
}).annotate({ identifier: "Providers" })
export type ProvidersBody = typeof ProvidersBody.Type

const decode = decoder(ProvidersUpdate)

/** `version`: the one of an `If-Match` header, which counts before the body's. */
export const toProviders = (
  body: unknown,
  version: number | null
): Result.Result<{ readonly providers: Readonly<Record<string, string>>; readonly expected?: number }, Rejected> =>
  decode(body).pipe(
    Result.mapError(rejected),
    Result.map(({ providers, version: said }) => {
      const expected = version ?? said
      return expected === undefined ? { providers } : { providers, expected }
    })
  )
