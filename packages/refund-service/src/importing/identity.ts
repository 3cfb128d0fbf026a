/**
 * Which row is which intent. A row that names no key and no id gets a key made of what it says, so that the file, or a part
 * of it, imported again makes nothing twice, however often and wherever the import was interrupted.
 */
import { hash } from "node:crypto"
import type { BatchItemJson } from "refund-api/BatchBody"

/** With its reference a row says which refund it means; without, all it says is what it means. */
const named = ["orderId", "captureId", "lineId", "type", "destination", "reference"] as const

type Request = Readonly<Record<string, unknown>>

const ordered = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(ordered)
  if (typeof value !== "object" || value === null) return value
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, each]) => each !== null)
      .sort(([one], [other]) => (one < other ? -1 : 1))
      .map(([name, each]) => [name, ordered(each)])
  )
}

export interface Identified {
  readonly item: BatchItemJson
  /** Null: orders and captures are merged by their ids, and nothing is made of them twice. */
  readonly identity: string | null
}

export const identified = (item: BatchItemJson): Identified => {
  if (!("refund" in item)) return { item, identity: null }
  const request = item.refund as Request
  if (typeof request !== "object" || request === null) return { item, identity: null }
  if (typeof request["id"] === "string") return { item, identity: `id ${request["id"].toLowerCase()}` }
  if (typeof request["idempotencyKey"] === "string") return { item, identity: `key ${request["idempotencyKey"]}` }
  const meant =
    typeof request["reference"] === "string"
      ? named.map((name) => request[name] ?? (name === "type" ? "default" : name === "destination" ? "original" : null))
      : ordered(request)
  const idempotencyKey = `import:${hash("sha256", JSON.stringify(meant)).slice(0, 40)}`
  return { item: { refund: { ...item.refund, idempotencyKey } }, identity: `key ${idempotencyKey}` }
}

/** Where a key that was made here was used for another content: what that means, in the words of the file. Null: it was not made here. */
export const reusedInWords = (item: BatchItemJson): string | null => {
  if (!("refund" in item)) return null
  const { idempotencyKey, orderId, reference } = item.refund
  return idempotencyKey?.startsWith("import:") === true
    ? `order ${orderId} has a refund ${String(reference)} with other content; if this is another one, give it a reference or an idempotencyKey of its own`
    : null
}

/** Remembers which row an identity was first seen in: 12 bytes a slot, at most half of the slots taken. */
export class Seen {
  #slots = 1 << 12
  #keys = new Uint32Array(this.#slots * 2)
  #rows = new Uint32Array(this.#slots)
  #count = 0

  /** The row it was seen in before; null: it was not. */
  firstRow(identity: string, row: number): number | null {
    if (this.#count * 2 >= this.#slots) this.#grow()
    const digest = hash("sha256", identity, "buffer")
    const high = digest.readUInt32LE(0)
    const low = digest.readUInt32LE(4)
    const at = this.#find(high, low)
    const before = this.#rows[at] ?? 0
    if (before !== 0) return before
    this.#put(at, high, low, row)
    this.#count += 1
    return null
  }

  #find(high: number, low: number): number {
    let at = low % this.#slots
    while (this.#rows[at] !== 0 && (this.#keys[at * 2] !== high || this.#keys[at * 2 + 1] !== low)) {
      at = (at + 1) % this.#slots
    }
    return at
  }

  #put(at: number, high: number, low: number, row: number): void {
    this.#keys[at * 2] = high
    this.#keys[at * 2 + 1] = low
    this.#rows[at] = row
  }

  #grow(): void {
    const keys = this.#keys
    const rows = this.#rows
    this.#slots *= 2
    this.#keys = new Uint32Array(this.#slots * 2)
    this.#rows = new Uint32Array(this.#slots)
    rows.forEach((row, at) => {
      if (row === 0) return
      const high = keys[at * 2] ?? 0
      const low = keys[at * 2 + 1] ?? 0
      this.#put(this.#find(high, low), high, low, row)
    })
  }
}
