/** Reads the variables of one provider after the other. What is wrong or missing becomes a sentence; none repeats a secret. */

/** The variables as they are set, with their defaults; absent or empty: not set. */
export type Values = Readonly<Record<string, string | undefined>>

export interface Reader<Name extends string> {
  /** Null where it is not set. */
  readonly text: (name: Name) => string | null
  readonly list: (name: Name) => ReadonlyArray<string>
  readonly one: <A extends string>(name: Name, of: readonly [A, ...Array<A>]) => A
  /** Null where it is not set, or is none of these. */
  readonly whole: (name: Name, minimum: number, maximum: number) => number | null
  readonly url: (name: Name, protocols: ReadonlyArray<string>) => string | null
  readonly wrong: (sentence: string) => void
  /** False, with a sentence for each that is not set, where any of `others` is set without them. */
  readonly together: (needed: ReadonlyArray<Name>, others: ReadonlyArray<Name>) => boolean
}

export const readerOf = <Name extends string>(values: Values, sentences: Array<string>): Reader<Name> => {
  const text = (name: Name) => values[name]?.trim() || null
  return {
    text,
    list: (name) => (text(name) ?? "").split(",").flatMap((part) => part.trim() || []),
    one: (name, of) => {
      const said = text(name)
      const known = of.find((each) => each === said)
      if (known === undefined) sentences.push(`${name} must be ${of.join(" or ")}, not ${JSON.stringify(said)}.`)
      return known ?? of[0]
    },
    whole: (name, minimum, maximum) => {
      const said = text(name)
      const number = said !== null && /^\d{1,15}$/u.test(said) ? Number(said) : null
      if (said === null || (number !== null && number >= minimum && number <= maximum)) return number
      sentences.push(`${name} must be a whole number from ${minimum} to ${maximum}, not ${JSON.stringify(said)}.`)
      return null
    },
    url: (name, protocols) => {
      const said = text(name)
      if (said === null || (URL.canParse(said) && protocols.includes(new URL(said).protocol))) return said
      sentences.push(
        `${name} must be a URL that begins with ${protocols.join("// or ")}//, not ${JSON.stringify(said)}.`
      )
      return null
    },
    wrong: (sentence) => sentences.push(sentence),
    together: (needed, others) => {
      const missing = needed.filter((name) => text(name) === null)
      const there = [...needed, ...others].find((name) => text(name) !== null)
      if (there === undefined) return false
      for (const name of missing) sentences.push(`${there} is set, so ${name} must be set too.`)
      return missing.length === 0
    }
  }
}
