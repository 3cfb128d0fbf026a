/** Adyen's own descriptions, as judges of what is sent in either direction. */
import { Ajv2020, type ValidateFunction } from "ajv/dist/2020.js"
import addFormatsModule from "ajv-formats"
import checkout from "../specs/adyen_checkout_v72_refunds.json" with { type: "json" }
import webhooks from "../specs/adyen_refund_webhooks.json" with { type: "json" }

const addFormats = addFormatsModule.default

const judge = (description: object, name: string) => {
  // The descriptions have words of their own beside JSON Schema's (x-addedInVersion, example).
  const ajv = new Ajv2020({ strict: false, allErrors: true })
  addFormats(ajv)
  ajv.addSchema(description, "description")
  const validate: ValidateFunction = ajv.compile({ $ref: `description#/components/schemas/${name}` })
  /** What is wrong with it; empty: nothing. */
  return (value: unknown): string => (validate(value) ? "" : ajv.errorsText(validate.errors))
}

export const faultsOfRefundRequest = judge(checkout, "PaymentRefundRequest")
export const faultsOfRefundResponse = judge(checkout, "PaymentRefundResponse")
export const faultsOfError = judge(checkout, "ServiceError")

const delivered: Readonly<Record<string, (value: unknown) => string>> = {
  REFUND: judge(webhooks, "RefundNotificationRequest"),
  REFUND_FAILED: judge(webhooks, "RefundCaptureFailedNotificationRequest"),
  REFUNDED_REVERSED: judge(webhooks, "ModificationNotificationRequest"),
  CANCEL_OR_REFUND: judge(webhooks, "CancelOrRefundNotificationRequest")
}

/** Disputes are not in the excerpt. */
export const faultsOfDelivery = (eventCode: string, delivery: unknown): string => delivered[eventCode]?.(delivery) ?? ""
