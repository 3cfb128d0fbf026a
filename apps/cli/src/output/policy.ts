/** The tenant's policies in words: a row each choice, a column each door. */
import { Schema } from "effect"
import { PolicyBody } from "refund-api/PolicyBody"
import type { Door } from "refund-core/Policy"
import type { Paint } from "./paint.ts"
import { type Cell, table } from "./table.ts"
import { moment } from "./words.ts"

const encode = Schema.encodeSync(PolicyBody)

export const policyInWords = (policy: PolicyBody, doors: ReadonlyArray<Door>, paint: Paint): string => {
  const { overrides, policies, version } = encode(policy)
  const closed = policy.closedBefore === null ? "no books closed" : `books before ${moment(policy.closedBefore)} closed`
  const choices = Object.keys(policies.native) as ReadonlyArray<keyof typeof policies.native>
  const rows = choices.map(
    (choice): ReadonlyArray<Cell> => [
      choice,
      ...doors.map((door): Cell => {
        const text = choiceInWords(policies[door][choice])
        return Object.hasOwn(overrides[door] ?? {}, choice) ? { text: `${text} *`, style: "bold" } : text
      })
    ]
  )
  const differs = doors.some((door) => Object.keys(overrides[door] ?? {}).length > 0)
  return [
    `${paint("bold", `Policies, version ${version}`)}, ${closed}`,
    table([{ name: "" }, ...doors.map((name) => ({ name }))], rows, paint),
    differs ? "* set by the tenant; all else is the door's default" : "All of it is the doors' defaults"
  ].join("\n\n")
}

type Approval = (typeof PolicyBody.Encoded)["policies"]["native"]["approval"]

const choiceInWords = (value: string | boolean | number | null | ReadonlyArray<string> | Approval): string => {
  if (value === null) return "never"
  if (typeof value === "boolean") return value ? "on" : "off"
  if (typeof value === "number" || typeof value === "string") return String(value)
  if (!("rule" in value)) return value.length === 0 ? "nobody" : value.join(",")
  return value.rule === "above" ? `above:${value.amount}` : value.rule
}
