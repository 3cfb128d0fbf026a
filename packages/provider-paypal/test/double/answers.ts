/** How PayPal answers, well or not, each answer judged by its own description. */
import type { IncomingMessage, ServerResponse } from "node:http"
import { faultsOfError, faultsOfRefund } from "./description.ts"

export interface Answer {
  readonly status: number
  readonly body: unknown
  readonly headers?: Readonly<Record<string, string>>
}

const error = (status: number, name: string, message: string, issue?: string, headers?: Answer["headers"]): Answer => ({
  status,
  body: {
    name,
    message,
    debug_id: "f5b2c0a6d9e14",
    ...(issue === undefined ? {} : { details: [{ issue, description: descriptions[issue] ?? issue }] })
  },
  ...(headers === undefined ? {} : { headers })
})

const descriptions: Readonly<Record<string, string>> = {
  CAPTURE_FULLY_REFUNDED: "The capture has already been fully refunded",
  REFUND_CAPTURE_CURRENCY_MISMATCH: "Refund must be in the same currency as the capture",
  REFUND_AMOUNT_EXCEEDED:
    "The refund amount must be less than or equal to the capture amount that has not yet been refunded.",
  REFUND_FAILED_INSUFFICIENT_FUNDS:
    "Capture could not be refunded due to insufficient funds. Please check to see if you have sufficient funds in your PayPal account or if the bank account linked to your PayPal account is verified and has sufficient funds.",
  INVALID_RESOURCE_ID: "Specified resource ID does not exist. Please check the resource ID and try again.",
  PERMISSION_DENIED: "You do not have permission to access or perform operations on this resource.",
  PREVIOUS_REQUEST_IN_PROGRESS:
    "A previous request on this resource is currently in progress. Please wait for sometime and try again. It is best to space out the initial and the subsequent request(s) to avoid receiving this error."
}

export const unprocessable = (issue: string): Answer =>
  error(
    422,
    "UNPROCESSABLE_ENTITY",
    "The requested action could not be performed, semantically incorrect, or failed business validation.",
    issue
  )

export const invalid = (what: string): Answer => ({
  status: 400,
  body: {
    name: "INVALID_REQUEST",
    message: "Request is not well-formed, syntactically incorrect, or violates schema.",
    debug_id: "f5b2c0a6d9e14",
    details: [{ issue: "INVALID_PARAMETER_SYNTAX", description: what }]
  }
})

export const noSuchResource = error(
  404,
  "RESOURCE_NOT_FOUND",
  "The specified resource does not exist.",
  "INVALID_RESOURCE_ID"
)
export const underWay = error(
  409,
  "RESOURCE_CONFLICT",
  "The server has detected a conflict while processing this request.",
  "PREVIOUS_REQUEST_IN_PROGRESS"
)
export const forbidden = error(
  403,
  "NOT_AUTHORIZED",
  "Authorization failed due to insufficient permissions.",
  "PERMISSION_DENIED"
)
export const invalidToken: Answer = {
  status: 401,
  body: { error: "invalid_token", error_description: "Token signature verification failed" }
}
export const busy = error(429, "RATE_LIMIT_REACHED", "Too many requests. Blocked due to rate limiting.", undefined, {
  "retry-after": "7"
})
export const broken = error(500, "INTERNAL_SERVER_ERROR", "An internal server error occurred.")

export const send = (response: ServerResponse, { body, headers, status }: Answer): void => {
  const isRefund = typeof body === "object" && body !== null && "status" in body
  const isOAuth = typeof body === "object" && body !== null && ("error" in body || "access_token" in body)
  const faults = isOAuth ? "" : isRefund ? faultsOfRefund(body) : faultsOfError(status, body)
  if (faults !== "") throw new Error(`the double answers what PayPal never would: ${faults}`)
  response.writeHead(status, { "content-type": "application/json", ...headers })
  response.end(JSON.stringify(body))
}

export const garble = (response: ServerResponse): void => {
  response.writeHead(200, { "content-type": "application/json" })
  response.end('{"id": "1JU08902781691411", "status": "COMPL')
}

export const cut = (request: IncomingMessage): void => {
  request.socket.resetAndDestroy()
}
