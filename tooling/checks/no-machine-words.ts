import { execFileSync } from "node:child_process"
import { existsSync, readFileSync, statSync } from "node:fs"
import { join } from "node:path"
import { lineOf, type Source } from "./Source.ts"

// Written in pieces, so that this file does not hold what it looks for.
const folders = ["work", "root"].join("|")
const registries = ["registry\\.npm", "registry\\.yarn", "npm\\.pkg\\."].join("|")
const focus = ["only", "skip", "todo"].join("|")

const rules: ReadonlyArray<{ readonly pattern: RegExp; readonly what: string; readonly where: RegExp }> = [
  {
    pattern: new RegExp(`(?<![\\w.@~-]|[\\w-]/)/(?:${folders})/[\\w.-]`, "g"),
    what: "an absolute path of one machine",
    where: /./
  },
  { pattern: new RegExp(registries, "gi"), what: "a package registry's host", where: /./ },
  {
    pattern: new RegExp(`\\b(?:it|test|describe|suite)(?:\\.\\w+)*\\.(?:${focus})\\b(?=\\s*[(\`.])`, "g"),
    what: "a test that is left out, or that leaves the others out",
    where: /\.test\.tsx?$/
  }
]

/** The repository says nothing of the machine it was written on, and leaves no test out. */
export const noMachineWords = (files: ReadonlyArray<Source>) =>
  files.flatMap((file) =>
    rules
      .filter(({ where }) => where.test(file.path))
      .flatMap(({ pattern, what }) =>
        [...file.text.matchAll(pattern)].map(
          (match) => `${file.path}:${lineOf(file, match.index)}: ${what}: ${match[0]}`
        )
      )
  )

/** What is, or would be, committed. */
const filesOf = (root: string): ReadonlyArray<Source> =>
  execFileSync("git", ["ls-files", "--cached", "--others", "--exclude-standard", "-z"], {
    cwd: root,
    encoding: "utf8",
    maxBuffer: 2 ** 26
  })
    .split("\0")
    .filter((path) => path !== "" && existsSync(join(root, path)) && statSync(join(root, path)).size < 2_000_000)
    .map((path) => ({ path, text: readFileSync(join(root, path), "utf8") }))
    .filter(({ text }) => !text.includes("\0"))

/** Without git's list (an unpacked archive) there is nothing that was committed. */
export const check = (root: string) => (existsSync(join(root, ".git")) ? noMachineWords(filesOf(root)) : [])
