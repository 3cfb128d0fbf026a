/** How a program sends rows to `POST /v1/imports`, and hears what becomes of them while they are decided. */
import { Schema } from "effect"
import { ImportLine, type importTypes } from "./ImportBody.ts"

/** A text, bytes, or as they come. */
export type ImportRows = string | Uint8Array<ArrayBuffer> | Blob | ReadableStream<Uint8Array>

export interface ImportHow {
  /** How they are written; absent: `text/csv`. */
  readonly type?: keyof typeof importTypes
  /** Absent: their columns say it. */
  readonly kind?: "orders" | "captures" | "refunds"
  /** `Their column=ourField`; `Their column=` leaves it out. */
  readonly map?: ReadonlyArray<string>
  /** `ourField=value`, for rows whose cell is empty. */
  readonly default?: ReadonlyArray<string>
  readonly ignoreOthers?: boolean
  readonly decimalComma?: boolean
  readonly dryRun?: boolean
}

export type ImportEnd = Extract<ImportLine, { readonly totals: unknown }>

export const importRequest = (key: string, body: ImportRows, { type = "text/csv", ...how }: ImportHow) => {
  const query = new URLSearchParams()
  for (const [name, said] of Object.entries(how)) {
    for (const each of Array.isArray(said) ? said : [said]) query.append(name, String(each))
  }
  const headers = { authorization: `Bearer ${key}`, "content-type": type }
  // What is sent as it comes is answered as it comes.
  const init = { method: "POST", headers, body, duplex: "half" } as RequestInit
  return { path: `/v1/imports${query.size === 0 ? "" : `?${query}`}`, init }
}

const decode = Schema.decodeUnknownSync(ImportLine)

/** Throws where the answer is cut off: then send all of it again. */
export const readImport = async (response: Response, heard: (line: ImportLine) => void): Promise<ImportEnd> => {
  const decoder = new TextDecoder()
  let rest = ""
  let last: ImportLine | undefined
  const take = (text: string) => {
    const lines = (rest + text).split("\n")
    rest = lines.pop() ?? ""
    for (const line of lines) {
      last = decode(JSON.parse(line))
      heard(last)
    }
  }
  const reader = (response.body ?? new ReadableStream<Uint8Array>()).getReader()
  for (let part = await reader.read(); !part.done; part = await reader.read()) {
    take(decoder.decode(part.value, { stream: true }))
  }
  if (last === undefined || !("totals" in last)) throw new Error("the answer was cut off; send all of it again")
  return last
}
