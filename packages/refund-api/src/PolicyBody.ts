/** The tenant's policies per door, in the words of the core; only amounts differ: JSON integers. */
import { Result, Schema, Struct } from "effect"
import type { Caller, ClosePeriod, SetPolicy } from "refund-core/Command"
import { doors, Policy, type PolicyOverrides, policyFor } from "refund-core/Policy"
import type { SettingsHead } from "refund-core/Settings"
import { type Rejected, rejected } from "refund-core/Violation"
import { Minor } from "./Amount.ts"
import { decoder, identifier, wholeNumber } from "./Shape.ts"
import { Time } from "./Time.ts"

const approval = Schema.Union([
  Schema.Struct({ rule: Schema.Literals(["never", "always"]) }),
  Schema.Struct({ rule: Schema.Literal("above"), amount: Minor })
])

const PolicyOfDoor = Policy.mapFields(Struct.assign({ approval, fourEyesExcept: Schema.Array(identifier) }))
const Overrides = PolicyOfDoor.mapFields(Struct.map(Schema.optionalKey))

const perDoor = <S extends Schema.Constraint>(schema: S) => ({
  native: schema,
  kibo: schema,
  geins: schema,
  moyasar: schema,
  maverick: schema,
  medusa: schema
})

export const PolicyUpdate = Schema.Struct({
  /** The version that was read: the change is refused where someone else was faster. Absent: the last writer wins. */
  version: Schema.optionalKey(wholeNumber),
  /** All that differs from a door's defaults; what is left out goes back to them. */
  overrides: Schema.Struct(perDoor(Schema.optionalKey(Overrides)))
})
export type PolicyUpdateJson = typeof PolicyUpdate.Encoded

export const PolicyBody = Schema.Struct({
  version: Schema.Int,
  overrides: PolicyUpdate.fields.overrides,
  /** What applies: the defaults with the overrides. */
  policies: Schema.Struct(perDoor(PolicyOfDoor)),
  /** Books before this time are closed; null: none are. */
  closedBefore: Schema.NullOr(Time)
}).annotate({ identifier: "Policies" })
export type PolicyBody = typeof PolicyBody.Type
export type PolicyJson = typeof PolicyBody.Encoded

const decode = decoder(PolicyUpdate)

/** `version`: the one of an `If-Match` header, which counts before the body's. */
export const toSetPolicy = (
  body: unknown,
  { caller, version }: { readonly caller: Caller; readonly version: number | null }
): Result.Result<SetPolicy, Rejected> =>
  decode(body).pipe(
    Result.mapError(rejected),
    Result.map((update) => {
      const expected = version ?? update.version
      const overrides = update.overrides as PolicyOverrides
      return { _tag: "SetPolicy", caller, overrides, ...(expected === undefined ? {} : { expected }) }
    })
  )

/** Books only close, and only forward: there is no version that somebody could overwrite. */
export const ClosedPeriod = Schema.Struct({ before: Time })
export type ClosedPeriodJson = typeof ClosedPeriod.Encoded

const decodePeriod = decoder(ClosedPeriod)

export const toClosePeriod = (body: unknown, caller: Caller): Result.Result<ClosePeriod, Rejected> =>
  decodePeriod(body).pipe(
    Result.mapError(rejected),
    Result.map(({ before }) => ({ _tag: "ClosePeriod", caller, before }))
  )

const encode = Schema.encodeUnknownSync(PolicyBody)

export const policyToJson = ({ closedBefore, overrides, version }: SettingsHead): PolicyJson =>
  encode({
    version,
    overrides,
    policies: Object.fromEntries(doors.map((door) => [door, policyFor(overrides, door)])),
    closedBefore
  })
