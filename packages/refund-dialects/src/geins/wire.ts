/**
 * Geins Management API, "Creates refund", as it goes over the wire, for whoever answers it and for whoever calls it.
 * A JSON number is its text; what is documented as optional may be absent or null.
 */
import { Schema, Struct } from "effect"
import { jsonObject } from "../jsonObject.ts"
import { NumberText } from "../NumberText.ts"
import { readDateTime } from "./dateTime.ts"

const int32Text = /^(?:0|-?[1-9][0-9]{0,9})$/

const isInt32 = ({ text }: NumberText): boolean =>
  int32Text.test(text) && Number(text) >= -2_147_483_648 && Number(text) <= 2_147_483_647

const optional = <S extends Schema.Top>(schema: S, message: string) =>
  Schema.optionalKey(Schema.NullOr(schema).annotate({ message }))

const number = (message: string) => Schema.instanceOf(NumberText).annotate({ message })
const int32 = (message: string) => number(message).check(Schema.makeFilter(isInt32, { message }))
const refundType = (message: string) =>
  number(message).check(Schema.makeFilter(({ text }: NumberText) => /^[0-3]$/.test(text), { message }))

const anInt32 = "a whole number, int32"
const aText = "a string"
const aBoolean = "true or false"
const aType = "0 (Default), 1 (InstanceCost), 2 (Shipping) or 3 (InvoiceFee)"
const aDouble = "a number"
const aStatus = "a status from 0 (All) to 7 (Approved)"

/** Body of `POST /API/Order/:orderId/Refund`, and all that it may say. */
const newRefundFields = {
  OrderRowId: optional(int32(anInt32), anInt32),
  Reference: optional(Schema.String, aText),
  Description: optional(Schema.String, aText),
  Author: optional(Schema.String, aText),
  RefundAmount: optional(number(aDouble), aDouble),
  ToBalance: optional(Schema.Boolean, aBoolean),
  Settled: optional(Schema.Boolean, aBoolean),
  RefundType: optional(refundType(aType), aType),
  SkipRefundEvents: optional(Schema.Boolean, aBoolean),
  RefundsRequireApproval: optional(Schema.Boolean, aBoolean)
}
export const newRefundNames = Object.keys(newRefundFields)
export const NewRefund = jsonObject(newRefundFields, "a JSON object")
export type NewRefund = typeof NewRefund.Type

/** Every answer, yes or no. `Resource` is the refund's id, or null where there is none. */
export const Envelope = Schema.Struct({
  Resource: Schema.NullOr(Schema.String.check(Schema.isUUID())),
  Message: Schema.String,
  Details: Schema.Array(Schema.String)
})
export type Envelope = typeof Envelope.Type

/** The same where nothing is made: no resource. */
export const BaseEnvelope = Schema.Struct({ Message: Schema.String, Details: Schema.Array(Schema.String) })
export type BaseEnvelope = typeof BaseEnvelope.Type

// ── what becomes of a refund ─────────────────────────────────────────────────────────────────────────────────────────

const aDateTime = "a date and time with its zone, such as 2026-11-02T12:00:00Z"
const dateTime = Schema.String.check(
  Schema.makeFilter((text) => readDateTime(text) !== null, { message: aDateTime })
).annotate({ message: aDateTime })

/** Body of `…/SetApproval`. */
export const RefundApproval = jsonObject(
  {
    Approved: optional(Schema.Boolean, aBoolean),
    ApprovalDecidedBy: optional(Schema.String, aText),
    ApprovalDecidedOn: optional(dateTime, aDateTime)
  },
  "a JSON object"
)
export type RefundApproval = typeof RefundApproval.Type

/** Body of `…/SetAsSettled`, of a refund and of one of its rows. */
export const SettledRefund = jsonObject(
  { SettledByAdminUserId: optional(int32(anInt32), anInt32), SettledOn: optional(dateTime, aDateTime) },
  "a JSON object"
)
export type SettledRefund = typeof SettledRefund.Type

/** Body of `…/SetAsProcessed`. */
export const ProcessedRefund = jsonObject(
  {
    ExternalId: optional(Schema.String, aText),
    Reference: optional(Schema.String, aText),
    ProcessedOn: optional(dateTime, aDateTime)
  },
  "a JSON object"
)
export type ProcessedRefund = typeof ProcessedRefund.Type

const status = number(aStatus).check(
  Schema.makeFilter(({ text }: NumberText) => /^[0-7]$/.test(text), { message: aStatus })
)
const statuses = optional(Schema.Array(status).annotate({ message: "a list of statuses" }), "a list of statuses")

/** Body of `POST /API/Refund/Query`. */
export const RefundQuery = jsonObject(
  {
    CreatedAfter: optional(dateTime, aDateTime),
    CreatedBefore: optional(dateTime, aDateTime),
    ApprovedAfter: optional(dateTime, aDateTime),
    ApprovedBefore: optional(dateTime, aDateTime),
    UpdatedAfter: optional(dateTime, aDateTime),
    UpdatedBefore: optional(dateTime, aDateTime),
    IncludeStatuses: statuses,
    ExcludeStatuses: statuses
  },
  "a JSON object"
)
export type RefundQuery = typeof RefundQuery.Type

// ── a refund as it is read ───────────────────────────────────────────────────────────────────────────────────────────

/** Left out where it is not known or does not apply: Geins' description knows no null. Null, at Geins, says the same. */
const known = <S extends Schema.Top>(schema: S) => Schema.optionalKey(Schema.NullOr(schema))
const Text = known(Schema.String)
const Int32 = int32(anInt32)
const Whole = known(Int32)
const Decimal = known(number(aDouble))

export const RefundRow = Schema.Struct({
  OrderId: Whole,
  RefundRowId: Int32,
  OrderRowId: Whole,
  CaptureId: Text,
  RefundAmount: Decimal,
  RefundAmountExVat: Decimal,
  ToBalance: Schema.Boolean,
  Settled: Schema.Boolean,
  SettledOn: Text,
  CreatedOn: Text,
  Investigation: Schema.Boolean,
  RefundType: Int32
})
export type RefundRow = typeof RefundRow.Type

export const OrderRow = Schema.Struct({
  OrderRowId: Whole,
  ItemId: Whole,
  ProductId: Whole,
  Price: Decimal,
  PriceExVat: Decimal,
  Name: Text,
  ProductName: Text,
  Variant: Text,
  Brand: Text,
  PrimaryImage: Text,
  ArticleNumber: Text,
  Shelf: Text,
  CampaignNames: Text,
  Discount: Decimal,
  SuggestedRefundAmount: Decimal,
  AverageDiscount: Decimal,
  PriceBeforeDiscount: Decimal
})
export type OrderRow = typeof OrderRow.Type

/** What was registered for Geins with the order comes beside these as it was given. */
export const Refund = Schema.StructWithRest(
  Schema.Struct({
    RefundId: Schema.String.check(Schema.isUUID()),
    RefundInstanceId: Int32,
    OrderId: Whole,
    Reference: Text,
    Description: Text,
    Author: Text,
    OrderSum: Decimal,
    OrderVat: Decimal,
    OrderValue: Decimal,
    OrderDiscount: Decimal,
    ShippingFee: Decimal,
    PaymentFee: Decimal,
    Currency: Schema.String,
    CreatedOn: Text,
    SentOn: Text,
    ProcessedOn: Text,
    Sent: Schema.Boolean,
    Processed: Schema.Boolean,
    RequiresApproval: Schema.Boolean,
    /** "Null if undecided, true if approved and false if denied." */
    Approved: Schema.NullOr(Schema.Boolean),
    ApprovalDecidedBy: Text,
    ApprovalDecidedOn: Text,
    SkipRefundEvents: Schema.Boolean,
    RefundedItemTotal: Decimal,
    RefundedShippingFee: Decimal,
    RefundedPaymentFee: Decimal,
    RefundedDiscount: Decimal,
    RefundedBalance: Decimal,
    RefundedTotal: Decimal,
    RefundRows: Schema.Array(RefundRow),
    Rows: Schema.Array(OrderRow)
  }),
  [Schema.Record(Schema.String, Schema.Unknown)]
)
export type Refund = typeof Refund.Type

// ── as it is read by whoever asked ───────────────────────────────────────────────────────────────────────────────────

/** What creating a refund is answered with. */
export const CreatedRead = Schema.Struct(Struct.pick(Envelope.fields, ["Resource"]))
export type CreatedRead = typeof CreatedRead.Type

/** Of `Reference`, whoever asked knows its own refund again. */
export const RefundRead = Schema.Struct({
  ...Struct.pick(Refund.schema.fields, ["RefundId", "Currency", "RefundedTotal"]),
  Reference: Text,
  Approved: known(Schema.Boolean),
  Processed: known(Schema.Boolean),
  ProcessedOn: Text,
  RefundRows: Schema.Array(
    Schema.Struct({
      ...Struct.pick(RefundRow.fields, ["RefundAmount"]),
      Settled: known(Schema.Boolean),
      SettledOn: Text
    })
  )
})
export type RefundRead = typeof RefundRead.Type

/** Refunds of other forms are not read: only whether one of them is ours has to be seen. */
export const RefundListRead = Schema.Struct({ Resource: Schema.Array(Schema.Unknown) })
export type RefundListRead = typeof RefundListRead.Type

/** A no, of any of the calls. */
export const ErrorRead = Schema.Struct({
  Message: Schema.String,
  Details: Schema.optionalKey(Schema.NullOr(Schema.Array(Schema.String)))
})
export type ErrorRead = typeof ErrorRead.Type
