/** Whose turn it is: of what waits for an endpoint in one chain, the oldest; none while another of them is being sent. */
import { type Asking, row, run } from "./ask.ts"
import type { Dialect } from "./dialect.ts"
import type { MessageDialect } from "./messageDialect.ts"

export const turnSql = ({ now }: Pick<Dialect, "now">, { forChange }: Pick<MessageDialect, "forChange">) => ({
  first: `SELECT no, CASE WHEN leased_by IS NOT NULL AND available_at > ${now} THEN 1 ELSE 0 END FROM deliveries
    WHERE endpoint = ? AND chain = ? AND available_at IS NOT NULL ${forChange}`,
  oldest: "SELECT min(no) FROM deliveries WHERE endpoint = ? AND chain = ? AND state = 'waiting'",
  take: "UPDATE deliveries SET available_at = NULL, leased_by = NULL WHERE no = ?",
  give: "UPDATE deliveries SET available_at = due_at, leased_by = NULL WHERE no = ?"
})

/** All inside a transaction that writes. */
export class Turns {
  readonly #sql
  readonly #lock

  constructor(dialect: Dialect, words: MessageDialect) {
    this.#sql = turnSql(dialect, words)
    this.#lock = words.lockTurn
  }

  /** Before something in the chain changes: what is read of it from here on nobody else changes. */
  *begin(endpoint: number, chain: number): Asking<void> {
    if (this.#lock !== null) yield* row(this.#lock, endpoint, chain)
  }

  /** After something in the chain has changed. */
  *settle(endpoint: number, chain: number): Asking<void> {
    const [first, isBeingSent] = (yield* row<readonly [number, number]>(this.#sql.first, endpoint, chain)) ?? [null, 0]
    if (isBeingSent === 1) return
    const oldest = (yield* row<readonly [number | null]>(this.#sql.oldest, endpoint, chain))?.[0] ?? null
    if (first !== null && first !== oldest) yield* run(this.#sql.take, first)
    if (oldest !== null) yield* run(this.#sql.give, oldest)
  }
}
