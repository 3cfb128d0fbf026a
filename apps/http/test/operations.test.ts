import { readFile } from "node:fs/promises"
import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import { makeMetrics } from "../src/metrics.ts"

const docs = join(import.meta.dirname, "..", "docs")
const known = new Set(makeMetrics([]).names)

/** What a query asks for, by our own prefixes. */
const askedIn = (text: string): ReadonlyArray<string> => text.match(/\b(?:refund|process|nodejs)_[a-z_]+\b/g) ?? []

interface Dashboard {
  readonly panels: ReadonlyArray<{
    readonly id: number
    readonly title: string
    readonly targets: ReadonlyArray<{ readonly expr: string }>
  }>
}

describe("the page on running it, and the dashboard", () => {
  it("the page's queries ask for figures that there are", async () => {
    const page = await readFile(join(docs, "operations.md"), "utf8")
    const asked = askedIn(page)
    assert.isAtLeast(asked.length, 15)
    assert.deepStrictEqual(
      asked.filter((name) => !known.has(name)),
      []
    )
  })

  it("the page has a row for each alert, and an alert for each row", async () => {
    const page = await readFile(join(docs, "operations.md"), "utf8")
    const rows = [...page.matchAll(/^\| `(Refund\w+)`/gm)].map(([, name]) => name)
    const alerts = [...page.matchAll(/alert: (\w+)/g)].map(([, name]) => name)
    assert.deepStrictEqual(rows, alerts)
  })

  it("the page's links lead somewhere on it", async () => {
    const page = await readFile(join(docs, "operations.md"), "utf8")
    const anchors = [...page.matchAll(/^#+ (.+)$/gm)].map(([, heading = ""]) =>
      heading
        .toLowerCase()
        .replaceAll(/[^\w -]/g, "")
        .replaceAll(" ", "-")
    )
    for (const [, anchor = ""] of page.matchAll(/\]\(#([^)]+)\)/g)) assert.include(anchors, anchor)
  })

  it("the dashboard asks for figures that there are, and leaves none out", async () => {
    const dashboard = JSON.parse(await readFile(join(docs, "grafana.json"), "utf8")) as Dashboard
    const asked = dashboard.panels.flatMap(({ targets }) => targets.flatMap(({ expr }) => askedIn(expr)))
    assert.deepStrictEqual(
      asked.filter((name) => !known.has(name)),
      []
    )
    const familyOf = (name: string) => name.replace(/_(?:bucket|sum|count)$/, "")
    const shown = new Set(asked.map(familyOf))
    assert.deepStrictEqual(
      [...known].filter((name) => !shown.has(familyOf(name))),
      []
    )
    assert.strictEqual(new Set(dashboard.panels.map(({ id }) => id)).size, dashboard.panels.length)
  })
})
