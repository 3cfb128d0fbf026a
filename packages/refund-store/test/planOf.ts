/** How SQLite would find the rows of a statement: one line for each table. */
import { DatabaseSync } from "node:sqlite"

export const planOf = (file: string, sql: string): string => {
  const db = new DatabaseSync(file, { readOnly: true })
  const steps = db.prepare(`EXPLAIN QUERY PLAN ${sql}`).all()
  db.close()
  return steps.map((step) => String(step.detail)).join("\n")
}
