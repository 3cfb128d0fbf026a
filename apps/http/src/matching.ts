/**
 * Which of a door's routes a request is for: the one that Express would find, in one look at those whose path has as many
 * parts. An Express router looks at one route after the other, which costs a refund as much as deciding it.
 */
export type Params = Readonly<Record<string, string>>

interface Placed {
  readonly method: string
  /** Parts are either a text or, after a colon, the name of what may stand there. */
  readonly path: string
}

export type Found<A> =
  | { readonly route: A; readonly params: Params }
  /** The path of these, the first of which is this one's, is known by other methods only. */
  | { readonly route: null; readonly path: string }

export interface Asked {
  readonly method?: string | undefined
  readonly url?: string | undefined
}

/** Null: nothing is there. `prefix` is what all paths begin with. */
export const finderOf = <A extends Placed>(routes: ReadonlyArray<A>, prefix = "") => {
  const ways = Map.groupBy(
    routes.map((route) => wayOf(route, prefix)),
    ({ size }) => size
  )
  return ({ method, url = "" }: Asked): Found<A> | null => {
    const parts = partsOf(url)
    const asked = method === "HEAD" ? "GET" : method
    let known: string | null = null
    for (const way of ways.get(parts.length) ?? []) {
      if (!fits(way, parts)) continue
      const params = paramsOf(way, parts)
      if (params === null) return null
      if (way.route.method === asked) return { route: way.route, params }
      known ??= way.route.path
    }
    return known === null ? null : { route: null, path: known }
  }
}

interface Way<A> {
  readonly route: A
  readonly size: number
  readonly texts: ReadonlyArray<readonly [at: number, text: string]>
  readonly names: ReadonlyArray<readonly [at: number, name: string]>
}

const wayOf = <A extends Placed>(route: A, prefix: string): Way<A> => {
  const parts = `${prefix}${route.path}`.split("/").map((part, at) => [at, part] as const)
  const isName = ([, part]: readonly [number, string]) => part.startsWith(":")
  return {
    route,
    size: parts.length,
    texts: parts.filter((part) => !isName(part)),
    names: parts.filter(isName).map(([at, part]) => [at, part.slice(1)])
  }
}

/** One slash more at the end is let pass, as Express does. A proxy may ask for a whole address. */
const partsOf = (url: string): ReadonlyArray<string> => {
  const local = url.startsWith("/") ? url : url.replace(/^https?:\/\/[^/?#]*/i, "")
  const path = upTo("#", upTo("?", local))
  return (path.length > 1 && path.endsWith("/") ? path.slice(0, -1) : path).split("/")
}

const upTo = (mark: string, text: string): string => {
  const at = text.indexOf(mark)
  return at === -1 ? text : text.slice(0, at)
}

const fits = ({ names, texts }: Way<unknown>, parts: ReadonlyArray<string>): boolean => {
  for (const [at, text] of texts) if (parts[at] !== text) return false
  for (const [at] of names) if (parts[at] === "") return false
  return true
}

/** Null: something in it cannot be decoded. */
const paramsOf = ({ names }: Way<unknown>, parts: ReadonlyArray<string>): Params | null => {
  const params: Record<string, string> = {}
  try {
    for (const [at, name] of names) params[name] = decodeURIComponent(parts[at] ?? "")
    return params
  } catch {
    return null
  }
}
