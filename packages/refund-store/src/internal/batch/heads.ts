/**
 * Heads of orders that were at hand lately. All of a head follows from the order's chain, so a row that ends its chain with
 * the same hash has the same head, whichever process wrote it and whatever was undone meanwhile. Reading and converting a
 * row's parts costs as much as deciding on them, and an order is decided on again soon: when a refund is submitted, and when
 * it is settled.
 */
import type { OrderHead } from "refund-core/Order"
import { hashOf, type OrderRow, type StoredOrder, storedAs, toHead } from "../orderRows.ts"

/** Captures, components and the like, of all heads together: some 20 MB of them, twice. */
const itemsLimit = 100_000

let lately = new Map<string, OrderHead>()
let before: ReadonlyMap<string, OrderHead> = new Map()
let items = 0

const itemsOf = ({ captures, components, disputes, hours, recent, waiting }: OrderHead): number =>
  1 + captures.length + components.length + disputes.length + hours.length + recent.length + waiting.length

const keep = (hash: string, head: OrderHead): void => {
  items += itemsOf(head)
  if (items > itemsLimit) {
    before = lately
    lately = new Map()
    items = itemsOf(head)
  }
  lately.set(hash, head)
}

export const toKnownOrder = (row: OrderRow): StoredOrder => {
  const hash = hashOf(row)
  const known = lately.get(hash)
  if (known !== undefined) return storedAs(row, known)
  const head = before.get(hash) ?? toHead(row)
  keep(hash, head)
  return storedAs(row, head)
}

/** Should the transaction be undone, the row's own head is read again. */
export const followHead = (previous: string | undefined, { hash, head }: StoredOrder): void => {
  const replaced = previous === undefined ? undefined : lately.get(previous)
  if (previous !== undefined && replaced !== undefined) {
    lately.delete(previous)
    items -= itemsOf(replaced)
  }
  keep(hash, head)
}
