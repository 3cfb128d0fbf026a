import { isNode, type Node, parse, type Source, sourcesIn, walk } from "./Source.ts"

const violations = "packages/refund-core/src/Violation.ts"
const readme = "packages/refund-core/README.md"

/** Every violation has a row in refund-core's rule table and a test that speaks of it. */
export const rulesAreListed = ({
  file,
  table,
  tests
}: {
  /** None yet: nothing to list. */
  readonly file: Source | undefined
  readonly table: string
  readonly tests: ReadonlyArray<Source>
}) => {
  if (file === undefined) return []
  const tags = tagsIn(file)
  if (tags.length === 0) return [`${file.path}: no violation found; is it still a TaggedUnion?`]
  const rows = table.split("\n").filter((line) => line.trimStart().startsWith("|"))
  return tags.flatMap((tag) => {
    const mention = new RegExp(`\\b${tag}\\b`)
    return [
      ...(rows.some((row) => mention.test(row)) ? [] : [`${readme}: the rule table has no row for ${tag}`]),
      ...(tests.some(({ text }) => mention.test(text)) ? [] : [`${tag}: no test mentions it`])
    ]
  })
}

/** The keys of `Schema.TaggedUnion({ ExceedsCaptured: … })`, and the names of `Schema.TaggedStruct("…")` and the like. */
export const tagsIn = (file: Source): ReadonlyArray<string> => {
  const tags = new Set<string>()
  walk(parse(file).program, (node) => {
    if (node.type !== "CallExpression") return
    const first = (node["arguments"] as ReadonlyArray<Node>)[0]
    const callee = calleeName(node["callee"])
    if (first === undefined || !/^Tagged/.test(callee)) return
    if (first.type === "Literal") tags.add(String(first["value"]))
    if (first.type !== "ObjectExpression" || callee !== "TaggedUnion") return
    for (const property of first["properties"] as ReadonlyArray<Node>) {
      const key = property["key"]
      if (isNode(key)) tags.add(String(key["name"] ?? key["value"]))
    }
  })
  return [...tags].filter((tag) => /^[A-Z]\w*$/.test(tag))
}

const calleeName = (callee: unknown): string => {
  if (!isNode(callee)) return ""
  const name = callee.type === "MemberExpression" ? callee["property"] : callee
  return isNode(name) ? String(name["name"]) : ""
}

export const check = (root: string) =>
  rulesAreListed({
    file: sourcesIn(root, violations)[0],
    table: sourcesIn(root, readme)[0]?.text ?? "",
    tests: sourcesIn(root, "packages/*/test/**/*.ts", "apps/*/test/**/*.ts")
  })
