/** PayPal's own description of the API, as a judge of what is sent in either direction. */
import { Ajv, type ValidateFunction } from "ajv"
import addFormatsModule from "ajv-formats"
import payments from "../specs/paypal_payments_v2_refund.json" with { type: "json" }

const addFormats = addFormatsModule.default

// The description has words of its own beside JSON Schema's (example, readOnly on requests).
// PayPal's patterns are of the older kind, without the u flag.
const ajv = new Ajv({ strict: false, allErrors: true, unicodeRegExp: false })
addFormats(ajv)
ajv.addFormat("ppaas_common_currency_code_v2", /^[A-Z]{3}$/)
ajv.addFormat("merchant_common_email_address_v2", true)
ajv.addFormat("ppaas_payer_id_v3", true)
ajv.addFormat("ppaas_date_time_v3", true)
ajv.addSchema(payments, "description")

const judge = (...names: ReadonlyArray<string>) => {
  const validate: ValidateFunction = ajv.compile({
    allOf: names.map((name) => ({ $ref: `description#/components/schemas/${name}` }))
  })
  /** What is wrong with it; empty: nothing. */
  return (value: unknown): string => (validate(value) ? "" : ajv.errorsText(validate.errors))
}

export const faultsOfRefundRequest = judge("refund_request")
export const faultsOfRefund = judge("refund")

const errors: Readonly<Record<number, (value: unknown) => string>> = {
  400: judge("error_400", "captures.refund-400"),
  401: judge("error_401"),
  403: judge("error_403", "403"),
  404: judge("error_404", "404"),
  409: judge("error_409", "409"),
  422: judge("error_422", "captures.refund-422"),
  500: judge("error_500")
}

export const faultsOfError = (status: number, value: unknown): string => errors[status]?.(value) ?? ""
