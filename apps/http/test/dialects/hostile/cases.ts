/** What a hostile caller sends to a dialect, and with which of its vendor's statuses each is refused. */
import { amounts, badIds, badJson, badKeys, tooFine, wrongMediaTypes, wrongMethods } from "../../support/badInputs.ts"
import type { RawAsk } from "../../support/raw.ts"
import type { HostileDoor, Target, Waiting } from "./HostileDoor.ts"

export const currencies = { USD: 1, JPY: 2, KWD: 3 } as const

export interface Case extends Partial<RawAsk> {
  readonly what: string
  readonly path: string
  /** One of these. */
  readonly statuses: ReadonlyArray<number>
}

export const bodyOf = (fields: Readonly<Record<string, string>>): string =>
  `{${Object.entries(fields)
    .map(([name, value]) => `${JSON.stringify(name)}:${value}`)
    .join(",")}}`

const short = (text: string): string => (text.length > 60 ? `${text.slice(0, 40)}… (${text.length})` : text)

export const idIn = ({ names }: Target, currency: keyof typeof currencies): string =>
  `${names === "order" ? "900" : "910"}${currencies[currency]}`

/** Each bad amount, of an order in each currency. */
export const amountCases = (target: Target): ReadonlyArray<Case> => {
  const { amount, good, path, status } = target
  if (amount === null) return []
  return (["USD", "JPY", "KWD"] as const).flatMap((currency) =>
    [...amounts, ...(tooFine[currency] ?? [])].map((source) => ({
      what: `${target.what}: ${currency} ${short(source)}`,
      path: path(idIn(target, currency)),
      body: bodyOf({ ...good, [amount]: source }),
      statuses: [status, 400]
    }))
  )
}

/** Each bad value of each field, and each field that has to be there left out. */
export const fieldCases = (target: Target): ReadonlyArray<Case> => {
  const { bad, good, path, required, status } = target
  const at = path(idIn(target, "USD"))
  const named = Object.entries(bad).flatMap(([field, sources]) =>
    sources.map((source) => ({
      what: `${target.what}: ${field} ${short(source)}`,
      path: at,
      body: bodyOf({ ...good, [field]: source }),
      statuses: [status, 400]
    }))
  )
  const missing = required.map((field) => ({
    what: `${target.what}: without ${field}`,
    path: at,
    body: bodyOf(Object.fromEntries(Object.entries(good).filter(([name]) => name !== field))),
    statuses: [status]
  }))
  return [...named, ...missing, ...(required.length === 0 ? [] : [nothing(target, at)])]
}

const nothing = ({ status, what }: Target, path: string): Case => ({
  what: `${what}: no body`,
  path,
  body: undefined,
  statuses: [status]
})

export const jsonCases = (target: Target): ReadonlyArray<Case> => {
  const [[field, value] = ["x", "1"]] = Object.entries(target.good)
  return badJson(bodyOf(target.good), field, value).map(([what, body]) => ({
    what: `${target.what}: ${what}`,
    path: target.path(idIn(target, "USD")),
    body,
    statuses: [400, target.status]
  }))
}

export const idCases = (door: HostileDoor, waiting: Waiting): ReadonlyArray<Case> => {
  const ids = [...badIds, "9777"]
  const taken = door.targets(waiting).filter(({ path }) => path("a") !== path("b"))
  return [
    ...taken.flatMap((target) =>
      ids.map((id) => ({
        what: `${target.what}: ${short(id)}`,
        path: target.path(id),
        body: bodyOf(target.good),
        statuses: [404]
      }))
    ),
    ...door.reads.flatMap((path) =>
      ids.map((id) => ({ what: `GET ${short(path(id))}`, method: "GET", path: path(id), statuses: [404] }))
    )
  ]
}

/** What goes wrong before a dialect's own route is asked. */
export const frameworkCases = (door: HostileDoor, target: Target, key: string): ReadonlyArray<Case> => {
  const path = target.path(idIn(target, "USD"))
  const body = bodyOf(target.good)
  const json = { "content-type": "application/json" }
  const credentials = door.credentials(key)
  const large = (bytes: number) => bodyOf({ ...target.good, x: `"${"x".repeat(bytes)}"` })
  return [
    ...wrongMediaTypes.map((type) => ({
      what: type,
      path,
      body,
      headers: { ...credentials, "content-type": type },
      statuses: [415]
    })),
    { what: "no type", path, body, headers: credentials, statuses: [415] },
    ...[300_000, 1_000_000, 10_000_000].map((bytes) => ({
      what: `${bytes} bytes`,
      path,
      body: large(bytes),
      statuses: [413]
    })),
    { what: "300,000 bytes in chunks", path, body: large(300_000), chunked: true, statuses: [413] },
    ...[...wrongMethods, "PUT", "DELETE"].map((method) => ({ what: method, method, path, body, statuses: [405] })),
    ...door.nowhere.map((nowhere) => ({ what: `nowhere: ${nowhere}`, path: nowhere, body, statuses: [404] })),
    ...door.noCredentials.map((headers) => ({
      what: `credential ${short(JSON.stringify(headers))}`,
      path,
      body,
      headers: { ...json, ...headers },
      statuses: [401]
    })),
    { what: "bad JSON without a credential", path, body: "{", headers: json, statuses: [401] },
    { what: "10 MB without a credential", path, body: large(10_000_000), headers: json, statuses: [401] },
    {
      what: "a credential without the right",
      path,
      body,
      headers: { ...json, ...door.credentials("auditor-secret") },
      statuses: [door.forbidden]
    },
    ...badKeys.map((bad) => ({
      what: `Idempotency-Key ${short(bad)}`,
      path,
      body,
      headers: { ...json, ...credentials, "idempotency-key": bad },
      statuses: [target.status]
    })),
    ...door.badQueries.map((query) => ({
      what: short(query),
      path: `${path}?${query}`,
      body,
      statuses: [target.status]
    }))
  ]
}
