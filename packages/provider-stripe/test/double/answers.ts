/** Stripe's answers, and its errors as https://docs.stripe.com/api/errors has them. */
export interface Answer {
  readonly status: number
  readonly body: string
  readonly headers?: Readonly<Record<string, string>>
}

export const answer = (body: object): Answer => ({ status: 200, body: JSON.stringify(body, null, 2) })

export const refusal = (
  status: number,
  error: { readonly type?: string; readonly code?: string; readonly message: string; readonly param?: string },
  headers: Readonly<Record<string, string>> = {}
): Answer => ({
  status,
  body: JSON.stringify({ error: { type: "invalid_request_error", ...error } }, null, 2),
  headers
})

export const broken: Answer = refusal(500, { type: "api_error", message: "An unknown error occurred" })
export const garbled: Answer = { status: 200, body: '{"id": "re_3Q00000000000000000000ZZ", "object": "ref' }
export const busy = (seconds: number): Answer =>
  refusal(429, { code: "rate_limit", message: "Too many requests" }, { "retry-after": String(seconds) })
export const keyInUse: Answer = refusal(409, {
  type: "idempotency_error",
  code: "idempotency_key_in_use",
  message: "There is currently another in-progress request using this Idempotent Key"
})
export const keyReused: Answer = refusal(400, {
  type: "idempotency_error",
  message: "Keys for idempotent requests can only be used with the same parameters they were first used with"
})
export const missing = (what: string, id: string, param: string): Answer =>
  refusal(404, { code: "resource_missing", message: `No such ${what}: '${id}'`, param })
