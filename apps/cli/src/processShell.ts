/** The shell as Node has it. */
import { existsSync, readFileSync } from "node:fs"
import { userInfo } from "node:os"
import { fileURLToPath } from "node:url"
import { Effect } from "effect"
import type { PrincipalId } from "refund-core/Ids"
import { Usage } from "./failures.ts"
import { colored, hasColor, plainly } from "./output/paint.ts"
import type { Shell } from "./Shell.ts"

export const processShell = (): Shell["Service"] => {
  const { env, stderr, stdout } = process
  const colors = { printed: hasColor(stdout, env), told: hasColor(stderr, env) }
  return {
    env,
    user: userName(),
    print: (text) => void stdout.write(`${text}\n`),
    tell: (text) => void stderr.write(`${text}\n`),
    hasColor: colors,
    paint: { printed: colors.printed ? colored : plainly, told: colors.told ? colored : plainly },
    readFile: (path) =>
      Effect.try({
        try: () => readFileSync(path === "-" ? 0 : path, "utf8"),
        catch: (cause) => new Usage({ sentence: `${path} cannot be read: ${codeOf(cause)}` })
      }),
    fileExists: (file) => existsSync(pathOf(file))
  }
}

const codeOf = (cause: unknown): string => String((cause as { readonly code?: unknown }).code ?? cause)

/** A `file:` URL as SQLite has it may be relative, which a URL of Node's is not. */
const pathOf = (file: string): string => {
  if (!file.startsWith("file:")) return file
  return file.startsWith("file:///") ? fileURLToPath(file) : file.slice("file:".length)
}

/** In a container the user may have a number and no name. */
const userName = (): PrincipalId => {
  try {
    return userInfo().username as PrincipalId
  } catch {
    return `uid ${process.getuid?.() ?? "unknown"}` as PrincipalId
  }
}
