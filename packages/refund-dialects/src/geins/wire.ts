/**
 * Geins Management API, "Creates refund", as it goes over the wire, for whoever answers it and for whoever calls it.
 * A JSON number is its text; what is documented as optional may be absent or null.
 */
import { Schema } from "effect"
import { jsonObject } from "../jsonObject.ts"
import { NumberText } from "../NumberText.ts"

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

// ── a refund as it is read ───────────────────────────────────────────────────────────────────────────────────────────

const Text = Schema.NullOr(Schema.String)
const Int32 = int32(anInt32)
const Whole = Schema.NullOr(Int32)
const Decimal = Schema.NullOr(number(aDouble))
/** Null where it is not known or does not apply. */
const Flag = Schema.NullOr(Schema.Boolean)

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
    Approved: Flag,
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
