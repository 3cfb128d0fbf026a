/** How much of a list is asked for, and where it begins: everything is text in a query. */
import { Schema } from "effect"

const maxLimit = 200
const defaultLimit = 50

const size = { message: `a number from 1 to ${maxLimit}` }
export const pageLimit = Schema.String.annotate(size).check(
  Schema.makeFilter((text) => /^[1-9][0-9]{0,2}$/.test(text) && Number(text) <= maxLimit, {
    ...size,
    toJsonSchema: () => [{ pattern: "^[1-9][0-9]{0,2}$" }, true]
  })
)

export const limitOf = (limit: string | undefined): number => (limit === undefined ? defaultLimit : Number(limit))

/** Lists are numbered from 1; null: no number of any. */
export const numberOf = (text: string): number | null => (/^[1-9][0-9]{0,14}$/.test(text) ? Number(text) : null)

const place = { message: "the number that the page before named as its next" }
/** Of lists that are numbered, newest first. */
export const pageBefore = Schema.String.annotate(place).check(
  Schema.makeFilter((text) => numberOf(text) !== null, {
    ...place,
    toJsonSchema: () => ({ pattern: "^[1-9][0-9]{0,14}$" })
  })
)

export const beforeOf = (before: string | undefined): number | null => (before === undefined ? null : numberOf(before))

/** Where the next page of a numbered list begins; null: this was the last. */
export const nextOf = (page: ReadonlyArray<{ readonly id: number }>, limit: number): string | null => {
  const last = page.at(-1)
  return last === undefined || page.length < limit ? null : String(last.id)
}
