/** The query of an address. */

/** First values, names as they are written: `filter[id]` is one name. */
export const queryOf = (url: string): Readonly<Record<string, string>> => {
  if (!url.includes("?")) return noQuery
  const query: Record<string, string> = Object.create(null)
  for (const [name, value] of searchOf(url)) query[name] ??= value
  return query
}

/** Every value of each name. */
export const searchOf = (url: string): URLSearchParams => {
  const start = url.indexOf("?")
  return new URLSearchParams(start === -1 ? "" : url.slice(start + 1))
}

const noQuery: Readonly<Record<string, string>> = Object.freeze({})
