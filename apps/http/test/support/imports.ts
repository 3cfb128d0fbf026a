/** Sends rows as `POST /v1/imports` takes them, and reads its lines. */
import type { ImportCounts, ImportLine } from "refund-api/ImportBody"
import { nativeJudge } from "./judged.ts"

export type Imported = {
  readonly status: number
  /** What was answered in place of lines; null: there are lines. */
  // biome-ignore lint/suspicious/noExplicitAny: what a test asserts on is the wire, whose form it does not take for granted.
  readonly problem: any
  readonly rejected: ReadonlyArray<{
    readonly row: number
    readonly line: number
    readonly problem: { code: string; detail: string }
  }>
  readonly progress: ReadonlyArray<ImportCounts>
  // biome-ignore lint/suspicious/noExplicitAny: as above.
  readonly last: any
}

export const csv = { "content-type": "text/csv" }
export const jsonLines = { "content-type": "application/x-ndjson" }

export interface Sent {
  readonly headers?: Readonly<Record<string, string>>
  readonly key?: string
  readonly query?: string
  readonly signal?: AbortSignal
}

export const importerOf =
  ({ adminKey, url }: { readonly url: string; readonly adminKey: string }) =>
  async (
    rows: string | Uint8Array | ReadableStream<Uint8Array>,
    { headers = csv, key = adminKey, query = "", signal }: Sent = {}
  ): Promise<Imported> => {
    const path = `/v1/imports${query}`
    const response = await fetch(url + path, {
      method: "POST",
      headers: { authorization: `Bearer ${key}`, ...headers },
      body: rows,
      ...(signal === undefined ? {} : { signal }),
      duplex: "half"
    } as RequestInit)
    return imported(path, response)
  }

export const imported = async (path: string, response: Response): Promise<Imported> => {
  const text = await response.text()
  const mediaType = response.headers.get("content-type")
  const isProblem = mediaType?.startsWith("application/problem+json") === true
  // Of very many lines the first ones and the last are held against the description: all are made alike.
  const few =
    text.length < 1_000_000
      ? text
      : `${text.slice(0, text.indexOf("\n", 500_000))}\n${text.slice(text.lastIndexOf("\n", text.length - 2) + 1)}`
  const body = isProblem ? (JSON.parse(text) as unknown) : few
  const complaints = nativeJudge()({ method: "POST", path }, { status: response.status, mediaType, body })
  if (complaints.length > 0) throw new Error(`${complaints.join("\n")}\n${text.slice(0, 2_000)}`)
  if (isProblem) return { status: response.status, problem: body, rejected: [], progress: [], last: null }
  const lines = text
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as ImportLine)
  const last = lines.at(-1)
  return {
    status: response.status,
    problem: null,
    rejected: lines.flatMap((line) => ("rejected" in line ? [line.rejected] : [])),
    progress: lines.flatMap((line) => ("progress" in line ? [line.progress] : [])),
    last: last !== undefined && "totals" in last ? last : null
  }
}
