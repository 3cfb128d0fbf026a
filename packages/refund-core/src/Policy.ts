/** The tenant's choices. Each door (the native API, each dialect) brings its defaults; a tenant may set others per door. */
import { Schema } from "effect"
import { PrincipalId } from "./Ids.ts"

export const doors = ["native", "kibo", "geins", "moyasar", "maverick", "medusa"] as const
export const Door = Schema.Literals(doors)
export type Door = typeof Door.Type

/** `above`: this request plus the order's refunds of the last 24 hours, in minor units of the order's currency. */
export const ApprovalRule = Schema.Union([
  Schema.Struct({ rule: Schema.Literals(["never", "always"]) }),
  Schema.Struct({ rule: Schema.Literal("above"), amount: Schema.BigInt.check(Schema.isGreaterThanOrEqualToBigInt(0n)) })
])
export type ApprovalRule = typeof ApprovalRule.Type

export const Policy = Schema.Struct({
  overRefund: Schema.Literals(["capture_strict", "order_total", "order_open"]),
  /** The request must name its capture. */
  requireCapture: Schema.Boolean,
  subtotalRule: Schema.Literals(["both_absent", "any_absent", "off"]),
  /** What the subtotal rule does where the order has no subtotal. */
  missingSubtotal: Schema.Literals(["skip", "reject"]),
  components: Schema.Literals(["enforce", "note"]),
  approval: ApprovalRule,
  /** Approver ≠ requester, whatever the role. */
  fourEyes: Schema.Boolean,
  /** Principals for whom four-eyes is off, e.g. one integration key that requests and approves. Audited as a policy change. */
  fourEyesExcept: Schema.Array(PrincipalId),
  instanceCost: Schema.Literals(["deduct", "pay"]),
  /** A return cost with nothing to be deducted from: wait for the order's next refund, or say no. */
  unmatchedDeduction: Schema.Literals(["hold", "reject"]),
  /** For how many days store credit is good; null: for good. */
  creditDays: Schema.NullOr(Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 36_500 })))
})
export type Policy = typeof Policy.Type

const native: Policy = {
  overRefund: "capture_strict",
  requireCapture: false,
  subtotalRule: "off",
  missingSubtotal: "skip",
  components: "enforce",
  approval: { rule: "never" },
  fourEyes: true,
  fourEyesExcept: [],
  instanceCost: "deduct",
  unmatchedDeduction: "hold",
  creditDays: null
}

export const defaults: Record<Door, Policy> = {
  native,
  geins: native,
  kibo: { ...native, overRefund: "order_open", components: "note" },
  moyasar: { ...native, components: "note" },
  maverick: { ...native, requireCapture: true, subtotalRule: "both_absent", components: "note" },
  medusa: { ...native, requireCapture: true, components: "note" }
}

/** What a tenant changed, per door; what is absent is the door's default. */
export const PolicyOverrides = Schema.Struct({
  native: Schema.optionalKey(partial()),
  kibo: Schema.optionalKey(partial()),
  geins: Schema.optionalKey(partial()),
  moyasar: Schema.optionalKey(partial()),
  maverick: Schema.optionalKey(partial()),
  medusa: Schema.optionalKey(partial())
})
export type PolicyOverrides = typeof PolicyOverrides.Type

/** The door a refund came through; one that no door let in is the native API's. */
export const doorOf = ({ door }: { readonly door: string }): Door => doors.find((each) => each === door) ?? "native"

export const policyFor = (overrides: PolicyOverrides, door: Door): Policy => {
  const chosen = overrides[door]
  return chosen === undefined ? defaults[door] : { ...defaults[door], ...chosen }
}

function partial() {
  const f = Policy.fields
  return Schema.Struct({
    overRefund: Schema.optionalKey(f.overRefund),
    requireCapture: Schema.optionalKey(f.requireCapture),
    subtotalRule: Schema.optionalKey(f.subtotalRule),
    missingSubtotal: Schema.optionalKey(f.missingSubtotal),
    components: Schema.optionalKey(f.components),
    approval: Schema.optionalKey(f.approval),
    fourEyes: Schema.optionalKey(f.fourEyes),
    fourEyesExcept: Schema.optionalKey(f.fourEyesExcept),
    instanceCost: Schema.optionalKey(f.instanceCost),
    unmatchedDeduction: Schema.optionalKey(f.unmatchedDeduction),
    creditDays: Schema.optionalKey(f.creditDays)
  })
}
