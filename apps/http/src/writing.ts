/** Writes an answer, with the headers that all answers of a server have. */
import type { ServerResponse } from "node:http"
import type { WireAnswer } from "refund-dialects/Dialect"

type Headers = Record<string, string | number>

const standing = Symbol("standing headers")

type Standing = ServerResponse & { [standing]?: Headers }

/** To be sent with whatever is answered. Setting each by itself first would have Node check and copy them twice. */
export const setStanding = (response: Standing, headers: Headers): void => {
  response[standing] = headers
}

/** The response's own: what is answered adds to them. */
export const standingOf = (response: Standing): Headers => response[standing] ?? {}

const json = "application/json; charset=utf-8"

export const write = (response: ServerResponse, answer: WireAnswer, extra?: Readonly<Record<string, string>>): void => {
  if (response.headersSent || response.destroyed) return
  const headers = standingOf(response)
  if (answer.body !== undefined) headers["content-type"] = json
  else if (answer.text !== undefined) headers["content-type"] = "text/plain; charset=utf-8"
  Object.assign(headers, extra, answer.headers)
  const text = answer.body === undefined ? (answer.text ?? "") : JSON.stringify(answer.body)
  if (answer.status !== 204) headers["content-length"] = Buffer.byteLength(text)
  response.writeHead(answer.status, headers).end(text)
}

/** What was made before, and is the same for all who ask. */
export const writeBytes = (
  response: ServerResponse,
  bytes: Uint8Array,
  headers: Readonly<Record<string, string>> = { "content-type": json }
): void => {
  if (response.headersSent || response.destroyed) return
  const length = { "content-length": bytes.length }
  response.writeHead(200, Object.assign(standingOf(response), headers, length)).end(bytes)
}
