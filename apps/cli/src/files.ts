/** Files that people name: what they are called, why they cannot be read or written, and what JSON they hold. */
import { Effect, Result } from "effect"
import { parseJson } from "refund-dialects/Json"
import { Usage } from "./failures.ts"

export const calledBy = (path: string): string => (path === "-" ? "standard input" : path === "" ? '""' : path)

const shared = {
  EISDIR: "it is a folder",
  ENOTDIR: "what it is said to be in is no folder",
  EMFILE: "too many files are open",
  ENAMETOOLONG: "its name is too long"
}

const why = {
  read: {
    ...shared,
    ENOENT: "there is no such file",
    EACCES: "you may not read it",
    EPERM: "you may not read it",
    EAGAIN: "nothing comes from it"
  },
  written: {
    ...shared,
    ENOENT: "there is no such folder",
    EACCES: "you may not write there",
    EPERM: "you may not write there",
    EROFS: "its disk can only be read",
    ENOSPC: "the disk is full",
    EDQUOT: "there is no more room for you on this disk"
  }
} as const

/** In words, and by the name that the system has for it. */
export const cannotBe = (done: keyof typeof why, path: string, cause: unknown): string => {
  const code = String((cause as { readonly code?: unknown } | null)?.code ?? cause)
  const words: Readonly<Record<string, string>> = why[done]
  const said = Object.hasOwn(words, code) ? `${words[code]} (${code})` : code
  return `${calledBy(path)} cannot be ${done}: ${said}`
}

/** Some editors put a byte order mark before what they write. */
export const unmarked = (text: string): string => (text.startsWith("\ufeff") ? text.slice(1) : text)

/** `name`: of the file, or of the flag whose text it is. */
export const jsonOf = (text: string, name: string): Effect.Effect<unknown, Usage> => {
  const parsed = parseJson(unmarked(text), "double")
  if (Result.isSuccess(parsed)) return Effect.succeed(parsed.success)
  const body = "The body is not JSON"
  const what = parsed.failure.startsWith(body)
    ? ` is not JSON${parsed.failure.slice(body.length)}`
    : `: ${parsed.failure}`
  return Effect.fail(new Usage({ sentence: `${name}${what}` }))
}

export const objectOf = (text: string, name: string): Effect.Effect<Readonly<Record<string, unknown>>, Usage> =>
  Effect.flatMap(jsonOf(text, name), (json) =>
    typeof json === "object" && json !== null && !Array.isArray(json)
      ? Effect.succeed(json as Readonly<Record<string, unknown>>)
      : Effect.fail(new Usage({ sentence: `${name} is no JSON object` }))
  )
