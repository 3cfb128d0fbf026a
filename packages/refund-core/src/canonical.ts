/** One text for one value: keys sorted, no white space, bigints as decimal strings, absent and undefined alike. */
export const canonical = (value: unknown): string => {
  switch (typeof value) {
    case "bigint":
      return `"${value}"`
    case "object":
      return value === null ? "null" : Array.isArray(value) ? list(value) : record(value as Record<string, unknown>)
    case "undefined":
      return "null"
    default:
      return JSON.stringify(value)
  }
}

const list = (values: ReadonlyArray<unknown>): string => {
  let text = "["
  for (let index = 0; index < values.length; index++) text += (index === 0 ? "" : ",") + canonical(values[index])
  return `${text}]`
}

const record = (value: Record<string, unknown>): string => {
  let text = "{"
  for (const key of Object.keys(value).sort()) {
    const field = value[key]
    if (field === undefined) continue
    text += `${text.length === 1 ? "" : ","}${JSON.stringify(key)}:${canonical(field)}`
  }
  return `${text}}`
}
