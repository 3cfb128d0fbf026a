/** Which role may make which call, at every door, as a page. */
import { calls } from "refund-api/calls"
import { granted, type Permission, type Role, roleNames, roles } from "refund-core/Permission"
import { dialects } from "../../src/dialects.ts"
import { native } from "../../src/native.ts"
import { doorCalls } from "./doorCalls.ts"

export interface Row {
  readonly door: string
  readonly route: string
  readonly needs: ReadonlyArray<Permission>
  /** Any of them will do. */
  readonly either?: true
}

const nativeRows: ReadonlyArray<Row> = native.routes.map(({ method, path }) => {
  const route = `${method} ${path}`
  const permission = calls[route]?.permission ?? null
  if (permission === null) return { door: "native", route, needs: [] }
  if (typeof permission === "string") return { door: "native", route, needs: [permission] }
  return { door: "native", route, needs: permission.oneOf, either: true }
})

/** Every route that is mounted, in its own order: one without a row would not be in the page. */
export const permissionRows = (): ReadonlyArray<Row> => [
  ...nativeRows,
  ...dialects.flatMap(({ door, routes }) =>
    routes.map(({ method, path }) => {
      const route = `${method} ${path}`
      const known = doorCalls.find((call) => call.door === door && call.route === route)
      if (known === undefined) throw new Error(`doorCalls has no row for ${door} ${route}`)
      return { door, route, needs: known.needs }
    })
  )
]

export const isAllowed = (role: Role, { either, needs }: Row): boolean => {
  const may = granted([role])
  const has = (each: Permission) => may.includes("*") || may.includes(each)
  return either ? needs.some(has) : needs.every(has)
}

const table = (head: ReadonlyArray<string>, rows: ReadonlyArray<ReadonlyArray<string>>): string => {
  const widths = head.map((name, index) => Math.max(3, name.length, ...rows.map((row) => (row[index] ?? "").length)))
  const line = (cells: ReadonlyArray<string>) =>
    `| ${cells.map((cell, index) => cell.padEnd(widths[index] ?? 0)).join(" | ")} |`
  return [line(head), line(widths.map((width) => "-".repeat(width))), ...rows.map(line)].join("\n")
}

const title: Readonly<Record<string, string>> = {
  native: "The native API",
  kibo: "Kibo",
  geins: "Geins",
  moyasar: "Moyasar",
  maverick: "Maverick",
  medusa: "Medusa"
}

export const permissionPage = (): string => {
  const rows = permissionRows()
  const sections = [...new Set(rows.map(({ door }) => door))].map((door) => {
    const cells = rows
      .filter((row) => row.door === door)
      .map((row) => [
        `\`${row.route}\``,
        row.needs.map((each) => `\`${each}\``).join(row.either ? " or " : " "),
        ...roleNames.map((role) => (isAllowed(role, row) ? "yes" : ""))
      ])
    return `## ${title[door]}\n\n${table(["call", "needs", ...roleNames], cells)}`
  })
  const meanings = roleNames.map((role) => [`\`@${role}\``, roles[role].map((each) => `\`${each}\``).join(" ")])
  return `${[
    "# Who may do what",
    "Made from the routes as they are mounted, and tried cell by cell by `test/roles.integration.test.ts`. A call that a role may not make\n" +
      "is refused in the caller's own dialect, before anything else is looked at, and changes nothing. Where a call needs nothing, any valid\n" +
      "credential will do; calls of a batch, and rows of an import, each need what they need alone. Some requests need more beside: `settled` needs\n" +
      "`refunds:record`, going over an order's amount `refunds:over`, refunding what is disputed `disputes:override`; a refund's story is told to who has `reports:read`.",
    "## Roles",
    table(["role", "is"], meanings),
    ...sections
  ].join("\n\n")}\n`
}
