/** A description as a page: every call, what it takes and what it answers. It is all there; nothing has to run. */
import { type Html, html } from "./page.ts"

interface Schema {
  readonly [name: string]: unknown
}

interface Parameter {
  readonly in: string
  readonly name: string
  readonly description?: string
  readonly schema?: Schema
}

type Content = Readonly<Record<string, { readonly schema?: Schema; readonly example?: unknown }>>

interface Operation {
  readonly summary?: string
  readonly description?: string
  readonly tags?: ReadonlyArray<string>
  readonly parameters?: ReadonlyArray<Parameter>
  readonly requestBody?: { readonly content?: Content }
  readonly responses?: Readonly<Record<string, { readonly description?: string; readonly content?: Content }>>
}

/** As much of OpenAPI as is shown: the native API's and the dialects' own. */
export interface Shown {
  readonly info: { readonly title?: unknown; readonly description?: unknown }
  readonly paths: Readonly<Record<string, Readonly<Record<string, unknown>>>>
  readonly components: { readonly schemas: Readonly<Record<string, Schema>> }
}

const nothing = html``

/** In backquotes is code. */
const prose = (text: string): ReadonlyArray<Html> =>
  text.split(/`([^`]+)`/).map((part, at) => (at % 2 === 1 ? html`<code>${part}</code>` : html`${part}`))

const typeOf = (schema: Schema): string => {
  if (typeof schema["$ref"] === "string") return schema["$ref"].replace(/^.*\//, "")
  const choices = schema["anyOf"] ?? schema["oneOf"]
  if (Array.isArray(choices)) return [...new Set(choices.map((each) => typeOf(each as Schema)))].join(" | ")
  if (Array.isArray(schema["enum"])) return schema["enum"].map((each) => JSON.stringify(each)).join(" | ")
  if (schema["type"] === "array") return `list of ${typeOf((schema["items"] ?? {}) as Schema)}`
  const format = typeof schema["format"] === "string" ? ` (${schema["format"]})` : ""
  return schema["type"] === undefined ? "anything" : `${String(schema["type"])}${format}`
}

/** The objects in a schema whose fields are worth showing. */
const objectsIn = (schema: Schema): ReadonlyArray<Schema> => {
  if (typeof schema["properties"] === "object") return [schema]
  const choices = schema["anyOf"] ?? schema["oneOf"]
  if (Array.isArray(choices)) return choices.flatMap((each) => objectsIn(each as Schema))
  return schema["type"] === "array" ? objectsIn((schema["items"] ?? {}) as Schema) : []
}

const fields = (schema: Schema): ReadonlyArray<Html> =>
  objectsIn(schema).map((object) => {
    const required = new Set((object["required"] ?? []) as ReadonlyArray<string>)
    const rows = Object.entries(object["properties"] as Readonly<Record<string, Schema>>).map(([name, field]) => {
      const inner = fields(field)
      const described = typeof field["description"] === "string" ? html`<br>${prose(field["description"])}` : nothing
      const source =
        typeof field["x-source"] === "string" ? html` <span class="quiet">${field["x-source"]}</span>` : nothing
      const more = inner.length === 0 ? nothing : html`<details><summary>its fields</summary>${inner}</details>`
      return html`<tr><td><code>${name}</code>${required.has(name) ? "" : "?"}</td><td>${typeOf(field)}${source}${described}${more}</td></tr>`
    })
    return html`<table>${rows}</table>`
  })

const shape = (what: string, schema: Schema | undefined): Html => {
  if (schema === undefined) return nothing
  return html`<p>${what}: <code>${typeOf(schema)}</code></p>${fields(schema)}`
}

const body = ({ content = {} }: NonNullable<Operation["requestBody"]>): ReadonlyArray<Html> =>
  Object.entries(content).map(
    ([type, { example, schema }]) => html`
${shape(`Body, ${type}`, schema)}
${example === undefined ? nothing : html`<pre>${typeof example === "string" ? example : JSON.stringify(example, null, 2)}</pre>`}`
  )

const parameters = (of: ReadonlyArray<Parameter>): Html =>
  of.length === 0
    ? nothing
    : html`<table>${of.map(
        ({ description = "", in: where, name, schema = {} }) =>
          html`<tr><td><code>${name}</code></td><td>${where}, ${typeOf(schema)}</td><td>${prose(description)}</td></tr>`
      )}</table>`

const answers = (responses: NonNullable<Operation["responses"]>): ReadonlyArray<Html> =>
  Object.entries(responses)
    .filter(([status]) => status !== "default")
    .map(([status, { content = {}, description = "" }]) => {
      const shapes = Object.entries(content).map(([type, { schema }]) =>
        type === "application/problem+json" ? html`<p class="quiet">A problem.</p>` : shape(type, schema)
      )
      return html`<details><summary>${status} ${prose(description.replaceAll("\n\n", " "))}</summary>${shapes}</details>`
    })

const operation = (method: string, path: string, of: Operation): Html => html`
<details>
<summary><span class="method">${method.toUpperCase()}</span> <code>${path}</code> ${of.summary ?? ""}</summary>
<p>${prose(of.description ?? "")}</p>
${parameters(of.parameters ?? [])}
${of.requestBody === undefined ? nothing : body(of.requestBody)}
<h4>Answers</h4>
${answers(of.responses ?? {})}
</details>`

const methods: ReadonlySet<string> = new Set(["get", "post", "put", "delete"])

export const docsPage = (description: Shown, links: ReadonlyArray<readonly [name: string, href: string]>): Html => {
  const { components, info, paths } = description
  const operations = Object.entries(paths).flatMap(([path, at]) =>
    Object.entries(at)
      .filter(([method]) => methods.has(method))
      .map(([method, of]) => ({ method, path, of: of as Operation }))
  )
  const sections = [...Map.groupBy(operations, ({ of }) => of.tags?.[0] ?? "Calls")].map(
    ([name, of]) => html`<h2>${name}</h2>${of.map((each) => operation(each.method, each.path, each.of))}`
  )
  const named = Object.entries(components.schemas).map(
    ([name, schema]) => html`<details id="${name}"><summary><code>${name}</code></summary>${fields(schema)}</details>`
  )
  return html`
<h1>${String(info.title ?? "")}</h1>
<p>${prose(String(info.description ?? ""))}</p>
<p>${links.map(([name, href]) => html`<a href="${href}">${name}</a> `)}</p>
${sections}
<h2>Forms</h2>
${named}`
}
