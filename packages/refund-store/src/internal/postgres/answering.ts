/** Runs work that asks (`ask.ts`) over a connection to PostgreSQL: every answer is waited for. */
import { type Ask, type Asking, answerToUnkept, type Bundle, type One, type Value } from "../ask.ts"
import { obstacleOf } from "./failures.ts"
import { canBeKept, valuesOf } from "./lists.ts"
import type { Connection } from "./pool.ts"

const translations = new Map<string, string>()

/** `?2` is `$2`; of those without a number each is the next. */
export const translated = (sql: string): string => {
  const known = translations.get(sql)
  if (known !== undefined) return known
  let last = 0
  const text = sql.replaceAll(/\?(\d*)/g, (_, number: string) => {
    last = number === "" ? last + 1 : Number(number)
    return `$${last}`
  })
  translations.set(sql, text)
  return text
}

/** In whatever transaction there is. */
export const answer = async <A>(connection: Connection, work: Asking<A>): Promise<A> => {
  let step = work.next()
  while (step.done !== true) step = await next(connection, work, step.value)
  return step.value
}

/**
 * Answers one ask, and goes on to the next thing that the work yields. What keeps the database from answering is told as
 * that, so that work which looks at damaged rows does not take it for damage.
 */
export const next = async <Yielded, A>(
  connection: Connection,
  work: Generator<Yielded, A, unknown>,
  ask: Ask
): Promise<IteratorResult<Yielded, A>> => {
  let answer: unknown
  try {
    answer = await ("each" in ask ? answerToAll(connection, ask) : answerTo(connection, ask))
  } catch (error) {
    const reason = obstacleOf(error)
    if (reason === null) return work.throw(error)
    throw error
  }
  return work.next(answer)
}

/** All are sent at once. What is asked for no row is not asked. */
const answerToAll = ({ ask }: Connection, { each }: Bundle): Promise<ReadonlyArray<ReadonlyArray<unknown>>> =>
  Promise.all(
    each.map(async ({ rows, statement: { columns, sql } }) =>
      rows.length === 0 ? [] : (await ask(sql, ...valuesOf(columns, rows))).rows
    )
  )

const answerTo = async (connection: Connection, one: One): Promise<unknown> => {
  const { kind, sql, values } = one
  if (!values.every(isKept)) return answerToUnkept(one, "is not Unicode, or has a NUL in it,")
  const { count, rows } = await connection.ask(translated(sql), ...values)
  if (kind === "run") return count
  return kind === "rows" ? rows : rows[0]
}

const isKept = (value: Value): boolean => typeof value !== "string" || canBeKept(value)
