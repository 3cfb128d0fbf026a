/** Whose turn it is: of what waits for an endpoint in one chain, the oldest; none while another of them is being sent. */
import type { DatabaseSync } from "node:sqlite"
import { now } from "./clock.ts"
import { row, tuples } from "./connection.ts"

export const turnSql = {
  first: `SELECT no, leased_by IS NOT NULL AND available_at > ${now} FROM deliveries
    WHERE endpoint = ? AND chain = ? AND available_at IS NOT NULL`,
  oldest: "SELECT min(no) FROM deliveries WHERE endpoint = ? AND chain = ? AND state = 'waiting'"
}

export class Turns {
  readonly #sql

  constructor(db: DatabaseSync) {
    this.#sql = {
      first: tuples(db, turnSql.first),
      oldest: tuples(db, turnSql.oldest),
      take: db.prepare("UPDATE deliveries SET available_at = NULL, leased_by = NULL WHERE no = ?"),
      give: db.prepare("UPDATE deliveries SET available_at = due_at, leased_by = NULL WHERE no = ?")
    }
  }

  /** After something in the chain has changed; inside the writer's transaction. */
  settle(endpoint: number, chain: number): void {
    const [first, isBeingSent] = row<readonly [number, number]>(this.#sql.first, endpoint, chain) ?? [null, 0]
    if (isBeingSent === 1) return
    const oldest = row<readonly [number | null]>(this.#sql.oldest, endpoint, chain)?.[0] ?? null
    if (first !== null && first !== oldest) this.#sql.take.run(first)
    if (oldest !== null) this.#sql.give.run(oldest)
  }
}
