/** How Adyen answers, well or not, each answer judged by its own description. */
import { randomUUID } from "node:crypto"
import type { IncomingMessage, ServerResponse } from "node:http"
import { faultsOfError, faultsOfRefundResponse } from "./description.ts"

export interface Answer {
  readonly status: number
  readonly body: unknown
  readonly headers?: Readonly<Record<string, string>>
}

export const psp = (): string => randomUUID().replaceAll("-", "").slice(0, 16).toUpperCase()

export const error = (status: number, errorCode: string, message: string, errorType: string): Answer => ({
  status,
  body: { status, errorCode, message, errorType, pspReference: psp() }
})

export const underWay: Answer = {
  ...error(422, "704", "request already processed or in progress", "validation"),
  headers: { "transient-error": "true" }
}

export const send = (response: ServerResponse, { body, headers, status }: Answer, key: string): void => {
  const faults = status < 300 ? faultsOfRefundResponse(body) : faultsOfError(body)
  if (faults !== "") throw new Error(`the double answers what Adyen never would: ${faults}`)
  response.writeHead(status, {
    "content-type": "application/json",
    ...(key === "" ? {} : { "idempotency-key": key }),
    ...headers
  })
  response.end(JSON.stringify(body))
}

export const garble = (response: ServerResponse): void => {
  response.writeHead(200, { "content-type": "application/json" })
  response.end('{"pspReference": "99361789490648')
}

export const cut = (request: IncomingMessage): void => {
  request.socket.destroy()
}
