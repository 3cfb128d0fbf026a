/** Fetches, and holds each answer of a dialect against the description that the server publishes, and the vendor's own. */
import { type Complaints, ours } from "../../../../packages/refund-dialects/test/support/judge.ts"
import { theirs } from "../../../../packages/refund-dialects/test/support/vendors.ts"

export type Fetch = (url: string, init?: RequestInit) => Promise<Response>

/** By dialect: the description that this server publishes of it, and the vendor's own. */
export const judgesOf = async (server: string): Promise<ReadonlyMap<string, Complaints>> => {
  const judges = new Map<string, Complaints>()
  for (const door of ["kibo", "geins", "moyasar", "maverick", "medusa"]) {
    const published = await fetch(`${server}/openapi/${door}.json`)
    const judge = ours((await published.json()) as Parameters<typeof ours>[0])
    judges.set(door, (call, told) => [...judge(call, told), ...(theirs[door]?.(call, told) ?? [])])
  }
  return judges
}

/** Of all answers: what was wrong with them is thrown. */
export const judgedFetch = async (server: string): Promise<Fetch> => {
  const judges = await judgesOf(server)
  return async (url, init = {}) => {
    const response = await fetch(url, init)
    const [, door = "", path = ""] = /^\/(\w+)(\/.*)$/.exec(url.slice(server.length)) ?? []
    const judge = judges.get(door)
    if (judge === undefined) return response
    const call = { method: init.method ?? "GET", path, ...sent(init.body) }
    const told = { status: response.status, mediaType: response.headers.get("content-type"), ...(await read(response)) }
    const complaints = judge(call, told)
    if (complaints.length > 0)
      throw new Error(`${complaints.join("\n")}\n${JSON.stringify([call, told]).slice(0, 2_000)}`)
    return response
  }
}

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
  const isJson = (response.headers.get("content-type") ?? "").includes("json")
  return { body: isJson ? (JSON.parse(text) as unknown) : text }
}
