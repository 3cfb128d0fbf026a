/** How PostgreSQL says what `dialect.ts` asks for. */
import type { Dialect } from "../dialect.ts"
import { canBeKept, keptKey } from "./lists.ts"

/** A list that is made before the rest of the statement, which then looks each of its values up by an index. */
const among = (column: string, select: string): string => `${column} = ANY (ARRAY(${select}))`

export const postgres: Dialect = {
  // When the statement came: the same for all its rows, so that an index may be asked for what is before it.
  now: "(extract(epoch FROM statement_timestamp()) * 1000)::bigint",
  contains: (text, part) => `strpos(${text}, ${part}) > 0`,
  among,
  numberIn: (column, list) => among(column, `SELECT value::bigint FROM json_array_elements_text(${list}::json)`),
  textIn: (column, list) => among(column, `SELECT value FROM json_array_elements_text(${list}::json)`),
  by: () => "",
  byNumber: "",
  forLease: "FOR UPDATE SKIP LOCKED",
  ownRefunds: (columns, count) =>
    `SELECT ${columns} FROM refunds WHERE -tenant = -?::bigint AND no < ? ORDER BY no DESC LIMIT ${count}`,
  keptKey,
  keptName: (name) => (name !== null && canBeKept(name) ? name : null)
}
