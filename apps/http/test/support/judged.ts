/** Fetches, and holds each answer against the description that the server publishes, and a dialect's against the vendor's own. */

import { openApi } from "refund-api/OpenApi"
import { type Complaints, ours } from "../../../../packages/refund-dialects/test/support/judge.ts"
import { theirs } from "../../../../packages/refund-dialects/test/support/vendors.ts"

export type Fetch = (url: string, init?: RequestInit) => Promise<Response>

/** By dialect: the description that this server publishes of it, and the vendor's own. `native`: the ledger's own API. */
export const judgesOf = async (server: string): Promise<ReadonlyMap<string, Complaints>> => {
  const judges = new Map<string, Complaints>([["native", nativeJudge()]])
  for (const door of ["kibo", "geins", "moyasar", "maverick", "medusa"]) {
    const published = await fetch(`${server}/openapi/${door}.json`)
    const judge = ours((await published.json()) as Parameters<typeof ours>[0])
    judges.set(door, (call, told) => [...judge(call, told), ...(theirs[door]?.(call, told) ?? [])])
  }
  return judges
}

let native: Complaints | undefined
/** What the native API's description has against an answer of it. */
export const nativeJudge = (): Complaints => {
  native ??= ours(openApi() as unknown as Parameters<typeof ours>[0])
  return native
}

/** Of all answers: what was wrong with them is thrown. */
export const judgedFetch = async (server: string): Promise<Fetch> => {
  const judges = await judgesOf(server)
  return async (url, init = {}) => {
    const response = await fetch(url, init)
    const whole = url.slice(server.length)
    const [, door = "", path = ""] = /^\/(\w+)(\/.*)$/.exec(whole) ?? []
    const ofDialect = judges.get(door)
    const judge = ofDialect ?? nativeJudge()
    if (isStream(response)) return response
    const call = { method: init.method ?? "GET", path: ofDialect === undefined ? whole : path, ...sent(init.body) }
    const told = { status: response.status, mediaType: response.headers.get("content-type"), ...(await read(response)) }
    const complaints = judge(call, told)
    if (complaints.length > 0)
      throw new Error(`${complaints.join("\n")}\n${JSON.stringify([call, told]).slice(0, 2_000)}`)
    return response
  }
}

/** It goes on: nobody can wait for its end. */
const isStream = (response: Response): boolean =>
  (response.headers.get("content-type") ?? "").startsWith("text/event-stream")

const sent = (body: RequestInit["body"]) => {
  if (typeof body !== "string" || body === "") return {}
  try {
    return { body: JSON.parse(body) as unknown }
  } catch {
    return {}
  }
}

const read = async (response: Response) => {
  const text = await response.clone().text()
  const isJson = /\bjson\b/.test(response.headers.get("content-type") ?? "")
  return { body: isJson ? (JSON.parse(text) as unknown) : text }
}
