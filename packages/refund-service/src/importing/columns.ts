/** Which column of a CSV file means what: by its name, by what it is mapped to, or by a default for all rows. */
import { Result } from "effect"
import { fieldsOf, type Kind, kindOf, kinds, needed } from "./fields.ts"

/** How whoever imports is told to say something: in the shell by a flag, to a server in the query. */
export interface Saying {
  readonly map: (pair: string) => string
  readonly default: (pair: string) => string
  readonly kind: (kind: string) => string
  readonly ignoreOthers: string
}

export interface Wanted {
  readonly saying: Saying
  readonly kind: Kind | null
  /** `Order No=orderId`; `Internal=` leaves a column out. */
  readonly maps: ReadonlyArray<string>
  /** `currency=EUR`: for rows whose cell is empty, or where there is no such column. */
  readonly defaults: ReadonlyArray<string>
  /** Columns that mean nothing here are left out without being named. */
  readonly ignoresOthers: boolean
}

export interface Columns {
  readonly kind: Kind
  /** By position: the field; null where the column is left out. */
  readonly fields: ReadonlyArray<string | null>
  readonly header: ReadonlyArray<string>
  readonly defaults: Readonly<Record<string, string>>
  readonly delimiter: string
}

/** Written beside what was rejected, so that it can be mended and imported again. */
export const rejectedColumns = ["rejected_row", "rejected_reason"] as const

/** `Order ID`, `order_id` and `orderId` are the same name. */
const plainly = (name: string): string => name.toLowerCase().replace(/[^\p{L}\p{N}]/gu, "")

const everyField = new Map(kinds.flatMap((kind) => Object.keys(fieldsOf[kind]).map((name) => [plainly(name), name])))
const leftOut = new Set<string>(rejectedColumns.map(plainly))
export const isRejectedColumn = (name: string): boolean => leftOut.has(plainly(name))

type Faulty<A> = Result.Result<A, string>

const pairs = (
  texts: ReadonlyArray<string>,
  say: (pair: string) => string,
  form: string
): Faulty<ReadonlyArray<[string, string]>> => {
  const wrong = texts.find((text) => text.lastIndexOf("=") < 1)
  if (wrong !== undefined) return Result.fail(`${say(wrong)}: write it as ${say(form)}`)
  return Result.succeed(
    texts.map((text) => [text.slice(0, text.lastIndexOf("=")), text.slice(text.lastIndexOf("=") + 1)])
  )
}

/** Fails with a sentence that says what to do. */
export const columnsOf = (header: ReadonlyArray<string>, delimiter: string, wanted: Wanted): Faulty<Columns> =>
  Result.gen(function* () {
    const say = wanted.saying
    const names = header.map((name) => name.trim())
    const maps = new Map(yield* pairs(wanted.maps, say.map, theirs))
    const defaults = Object.fromEntries(yield* pairs(wanted.defaults, say.default, "ourField=value"))
    const absent = [...maps].find(([column]) => !names.includes(column))
    if (absent !== undefined) {
      return yield* Result.fail(`${say.map(absent.join("="))}: the file has no column ${JSON.stringify(absent[0])}`)
    }

    const found = names.map((name) => maps.get(name) ?? everyField.get(plainly(name)) ?? null)
    const kind = wanted.kind ?? kindOf(new Set([...found.flatMap((name) => name ?? []), ...Object.keys(defaults)]))
    if (kind === null) return yield* Result.fail(unclear(names, say))
    const fields = found.map((name) => (name !== null && name in fieldsOf[kind] ? name : null))
    const columns = { kind, fields, header, defaults, delimiter }
    yield* known(columns, maps, wanted)
    const missing = needed[kind].filter((name) => !fields.includes(name) && defaults[name] === undefined)
    if (missing.length === 0) return columns
    return yield* Result.fail(
      `${kind} need ${missing.join(", ")}: name the column with ${say.map(`Their column=${missing[0]}`)}, or say ${say.default(`${missing[0]}=value`)}`
    )
  })

const theirs = "Their column=ourField"

const unclear = (names: ReadonlyArray<string>, say: Saying): string =>
  `What the rows are cannot be told from the columns ${names.join(", ")}: say ${say.kind(kinds.join("|"))}, or ${say.map(theirs)}`

/** A misspelled column must not change what is refunded: each means something, once, or is left out in so many words. */
const known = (
  { defaults, fields, header, kind }: Columns,
  maps: ReadonlyMap<string, string>,
  { ignoresOthers, kind: said, saying: say }: Wanted
): Faulty<void> => {
  const all = Object.keys(fieldsOf[kind])
  const wrong = [...maps.values(), ...Object.keys(defaults)].find((name) => name !== "" && !all.includes(name))
  if (wrong !== undefined) return Result.fail(`There is no field ${wrong} of ${kind}; there are ${all.join(", ")}`)
  const twice = fields.find((name, at) => name !== null && fields.indexOf(name) !== at)
  if (twice !== undefined) {
    return Result.fail(`Two columns mean ${twice}: leave one out with ${say.map(`${header[fields.indexOf(twice)]}=`)}`)
  }
  const others = header
    .map((name) => name.trim())
    .filter((name, at) => fields[at] === null && name !== "" && maps.get(name) !== "" && !isRejectedColumn(name))
  if (others.length === 0 || ignoresOthers) return Result.succeed(undefined)
  const taken = said === null ? `, which the rows are taken for (${say.kind(kinds.join("|"))} says what they are)` : ""
  return Result.fail(
    `Nobody knows what ${others.join(", ")} means for ${kind}${taken}: say ${say.map(`${others[0]}=ourField`)}, or leave it out with ${say.map(`${others[0]}=`)} or ${say.ignoreOthers}. Fields: ${all.join(", ")}`
  )
}
