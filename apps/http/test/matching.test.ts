import { assert, describe, it } from "@effect/vitest"
import { type Request, type Response, Router } from "express"
import { dialects } from "../src/dialects.ts"
import { type Found, finderOf } from "../src/matching.ts"
import { native } from "../src/native.ts"

interface Place {
  readonly method: string
  readonly path: string
}

/** What an Express router that has the same routes finds, one after the other. */
const expressOf = (routes: ReadonlyArray<Place>) => {
  const router = Router({ caseSensitive: true })
  let found: Found<Place> | null = null
  for (const route of routes) {
    const verb = route.method.toLowerCase() as "get" | "post" | "put" | "delete"
    router[verb](route.path, ({ params }: Request<Record<string, string>>) => {
      found = { route, params: { ...params } }
    })
  }
  for (const { path } of routes) {
    router.all(path, () => {
      found = { route: null, path }
    })
  }
  return (method: string, url: string): Found<Place> | null => {
    found = null
    router({ method, url, originalUrl: url } as Request, {} as Response, () => {})
    return found
  }
}

const methods = ["GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS"]
const ids = ["o-1", "%C3%A4%2F%3F", "a.b", "a b", "..", "%20", "%", "%zz", "%E0%A4%A", "batch", "preview", "A%3aB"]

/** The addresses of a route, and those that are nearly so. */
const addresses = ({ path }: Place): ReadonlyArray<string> =>
  ids.flatMap((id) => {
    const filled = path.replaceAll(/:\w+/g, id)
    return [
      filled,
      `${filled}/`,
      `${filled}//`,
      `/${filled}`,
      `${filled}?a=/b&c`,
      `${filled}/?`,
      `${filled}#end`,
      `${filled}/more`,
      `${filled.toUpperCase()}`,
      filled.slice(1),
      filled.replace(/\/[^/]*$/, ""),
      filled.replace(/\/[^/]*$/, "/"),
      filled.replace("/", "//"),
      `http://example.org${filled}`,
      path.replaceAll(/:\w+/g, "")
    ]
  })

describe("a route is found", () => {
  for (const { door, routes } of [native, ...dialects]) {
    it(`where an Express router would find it: ${door}`, () => {
      const places: ReadonlyArray<Place> = routes.map(({ method, path }) => ({ method, path }))
      const express = expressOf(places)
      const find = finderOf(places)
      let answered = 0
      for (const url of new Set(places.flatMap(addresses))) {
        for (const method of methods) {
          const expected = express(method, url)
          assert.deepStrictEqual(find({ method, url }), expected, `${method} ${url}`)
          if (expected?.route) answered++
        }
      }
      assert.isAbove(answered, places.length * ids.length)
    })
  }

  it("under a prefix, which is not left away", () => {
    const find = finderOf([{ method: "GET", path: "/payments/:id" }], "/moyasar")
    assert.deepStrictEqual(find({ method: "GET", url: "/moyasar/payments/7" }), {
      route: { method: "GET", path: "/payments/:id" },
      params: { id: "7" }
    })
    assert.isNull(find({ method: "GET", url: "/payments/7" }))
  })
})
