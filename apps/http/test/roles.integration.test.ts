/** Each role at each call of each door (T51): allowed, or refused in the door's own words, and then nothing is changed. */
import { calls } from "refund-api/calls"
import { type Role, roleNames } from "refund-core/Permission"
import { afterAll, assert, beforeAll, describe, expect, it } from "vitest"
import { geins } from "./dialects/hostile/geins.ts"
import { bearer } from "./dialects/hostile/HostileDoor.ts"
import { medusa } from "./dialects/hostile/medusa.ts"
import { callerOf, fresh } from "./support/call.ts"
import { doorCalls } from "./support/doorCalls.ts"
import { isAllowed, permissionPage, permissionRows, type Row } from "./support/permissionTable.ts"
import { startServer, type TestServer } from "./support/server.ts"

const secretOf = (role: Role) => `${role}-role-secret`

let server: TestServer
beforeAll(async () => {
  server = await startServer({ keys: roleNames.map((role) => `${role}:@${role}:${secretOf(role)}`).join(",") })
  await callerOf(server)("PUT", "/v1/orders/9001", {
    body: {
      currency: "USD",
      captures: [
        {
          id: "9101",
          amount: 10_000,
          provider: "external",
          reference: "ch_1",
          tender: "card",
          capturedAt: "2026-01-01T10:00:00Z",
          vendor: { maverick: { terminal: { id: 24 } } }
        }
      ]
    }
  })
})
afterAll(() => server.stop())

const credentials: Readonly<Record<string, (key: string) => Readonly<Record<string, string>>>> = {
  geins: geins.credentials,
  medusa: medusa.credentials
}

const askedOf = ({ door, route }: Row) => {
  const [method = "", path = ""] = route.split(" ")
  if (door !== "native") {
    const call = doorCalls.find((each) => each.door === door && each.route === route)
    return { method, path: `/${door}${call?.path}`, headers: {}, body: call?.body }
  }
  const example = calls[route]?.example ?? {}
  const query = new URLSearchParams(example.query).toString()
  const at = path.replaceAll(/:(\w+)/g, (_, name: string) => encodeURIComponent(example.params?.[name] ?? "none"))
  return {
    method,
    path: query === "" ? at : `${at}?${query}`,
    headers: { "idempotency-key": fresh("key"), ...example.headers },
    body: example.body
  }
}

interface Told {
  readonly status: number
  readonly text: string
}

const ask = async (row: Row, role: Role): Promise<Told> => {
  const { body, headers, method, path } = askedOf(row)
  const response = await fetch(server.url + path, {
    method,
    headers: {
      ...(credentials[row.door] ?? bearer)(secretOf(role)),
      ...(body === undefined ? {} : { "content-type": "application/json" }),
      ...headers
    },
    ...(body === undefined ? {} : { body: typeof body === "string" ? body : JSON.stringify(body) })
  })
  if (response.headers.get("content-type")?.includes("event-stream")) await response.body?.cancel()
  return { status: response.status, text: response.bodyUsed ? "" : await response.text() }
}

/** In the words of each vendor (RULES.md §9). */
const isRefusal = ({ door }: Row, { status, text }: Told): boolean => {
  switch (door) {
    case "geins":
      return status === 400 && text.includes("This credential may not do that")
    case "medusa":
      return status === 401 && text === "Unauthorized"
    case "moyasar":
      return status === 403 && JSON.parse(text).message === "Unauthorized"
    default:
      return status === 403 && text.includes("This credential may not do that")
  }
}

it("the page of who may do what is that of the routes", async () => {
  await expect(permissionPage()).toMatchFileSnapshot("../docs/permissions.md")
})

/** Who may begin one is refused all the same where the first row asks for what only the other permission allows. */
const byItsRows = "POST /v1/imports"

describe("a role", () => {
  const rows = permissionRows()
  for (const role of roleNames) {
    it(`${role} is refused what its row does not say, and nothing is changed`, async () => {
      const before = await server.journal()
      for (const row of rows.filter((row) => !isAllowed(role, row))) {
        const told = await ask(row, role)
        assert.isTrue(isRefusal(row, told), `${role} ${row.door} ${row.route}: ${told.status} ${told.text}`)
      }
      assert.deepStrictEqual(await server.journal(), before)
    })
  }

  for (const role of roleNames) {
    it(`${role} is allowed what its row says`, async () => {
      for (const row of rows.filter((row) => isAllowed(role, row) && row.route !== byItsRows)) {
        const told = await ask(row, role)
        assert.isFalse(isRefusal(row, told), `${role} ${row.door} ${row.route}: ${told.status} ${told.text}`)
        assert.isBelow(told.status, 500, `${role} ${row.door} ${row.route}: ${told.text}`)
      }
    })
  }
})
