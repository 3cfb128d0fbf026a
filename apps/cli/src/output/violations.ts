/** Why not: every broken rule, with its numbers, the first one first. */
import type { Problem } from "refund-api/Problem"
import { harmless, type Paint } from "./paint.ts"

type Violations = Problem["violations"]

export const violationsInWords = (violations: Violations, paint: Paint): string => {
  const told = violations.map(({ code, message }) => [harmless(String(code)), harmless(String(message))] as const)
  const width = Math.max(...told.map(([code]) => code.length))
  return told.map(([code, why]) => `  ${paint("red", code)}${" ".repeat(width - code.length)}  ${why}`).join("\n")
}

/** For standard error. */
export const problemInWords = ({ code, detail, title, violations }: Problem, paint: Paint): string =>
  violations.length > 0
    ? `${paint("bold", "Rejected")}: ${harmless(title)}\n${violationsInWords(violations, paint)}`
    : `${paint("bold", "Rejected")}: ${harmless(detail)} (${harmless(code)})`
