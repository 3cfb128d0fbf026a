/** The shell as Node has it. */
import { closeSync, createReadStream, existsSync, fstatSync, openSync, readFileSync, readSync, statSync } from "node:fs"
import { userInfo } from "node:os"
import { fileURLToPath } from "node:url"
import { Effect } from "effect"
import type { PrincipalId } from "refund-core/Ids"
import { Usage } from "./failures.ts"
import { cannotBe, unmarked } from "./files.ts"
import { cutTo, fitted } from "./output/fit.ts"
import { colored, hasColor, plainly } from "./output/paint.ts"
import type { OpenFile, Shell } from "./Shell.ts"

/** The part of Node's `process` that a command sees. */
export interface Surroundings {
  readonly env: Readonly<Record<string, string | undefined>>
  readonly stdout: Output
  readonly stderr: Output
  /** All of standard input. */
  readonly readInput: () => string
  /** The same, piece by piece. */
  readonly openInput?: () => AsyncIterable<Uint8Array>
  /** Absent: standard input is no terminal. */
  readonly ask?: (question: string) => Promise<string>
}

interface Output {
  readonly isTTY?: boolean
  /** Of the terminal, as it is now. */
  readonly columns?: number
  readonly rows?: number
  readonly write: (text: string) => unknown
}

export const processShell = ({ ask, env, openInput, readInput, stderr, stdout }: Surroundings): Shell["Service"] => {
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
        try: () => unmarked(path === "-" ? readInput() : readFileSync(path, "utf8")),
        catch: (cause) => new Usage({ sentence: cannotBe("read", path, cause) })
      }),
    openFile: (path) =>
      Effect.try({
        try: () =>
          path === "-" ? { chunks: openInput?.() ?? pieceOf(readInput), size: null, head: "" } : opened(path),
        catch: (cause) => new Usage({ sentence: cannotBe("read", path, cause) })
      }),
    columns: () => stderr.columns ?? Number.POSITIVE_INFINITY,
    draw: stderr.isTTY === true ? (line) => void stderr.write(`\r\u001b[2K${cutTo(widthOf(stderr), line)}`) : null,
    screen:
      stdout.isTTY === true ? (text) => void stdout.write(`\u001b[H\u001b[2J${fitted(text, sizeOf(stdout))}\n`) : null,
    // Whoever does not see the question is not asked.
    ask: ask === undefined || stderr.isTTY !== true ? null : (question) => Effect.promise(() => ask(question)),
    fileExists: (file) => existsSync(pathOf(file))
  }
}

/** In the last column some terminals begin a new line. */
const widthOf = ({ columns = Number.POSITIVE_INFINITY }: Output): number => columns - 1

/** The line that ends what is shown begins another. */
const sizeOf = ({ columns = Number.POSITIVE_INFINITY, rows = Number.POSITIVE_INFINITY }: Output) => ({
  columns,
  rows: rows - 1
})

async function* pieceOf(readInput: () => string) {
  yield Buffer.from(readInput())
}

const piecesOf = async function* (path: string) {
  yield* createReadStream(path, { highWaterMark: 256 * 1024 })
}

/** What is no file, as a pipe that another program writes, comes once, and is opened once: by whoever reads its pieces. */
const opened = (path: string): OpenFile => {
  const is = statSync(path)
  if (!is.isFile() && !is.isDirectory()) return { chunks: piecesOf(path), size: null, head: "" }
  const file = openSync(path, "r")
  try {
    const { size } = fstatSync(file)
    const head = Buffer.alloc(Math.min(size, 4096))
    readSync(file, head)
    return { chunks: piecesOf(path), size, head: head.toString("utf8") }
  } finally {
    closeSync(file)
  }
}

/** A `file:` URL as SQLite has it may be relative, which a URL of Node's is not. */
export const pathOf = (file: string): string => {
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
