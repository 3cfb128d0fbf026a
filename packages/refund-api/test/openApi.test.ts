import { validate as byReference } from "@apidevtools/swagger-parser"
import { assert, describe, it } from "@effect/vitest"
import { Validator } from "@seriousme/openapi-schema-validator"
import { Schema } from "effect"
import { permissions } from "refund-core/Permission"
import { Violation } from "refund-core/Violation"
import { calls } from "../src/calls.ts"
import { openApi } from "../src/OpenApi.ts"
import { codes, kindOfCode, Problem } from "../src/Problem.ts"
import { exampleOf } from "../src/problemExamples.ts"
import { guides } from "../src/problemGuide.ts"

const copy = () => JSON.parse(JSON.stringify(openApi())) as Record<string, unknown>

describe("the native API's description", () => {
  it("is OpenAPI 3.1 to two validators that know nothing of each other", async () => {
    const validator = new Validator()
    const { errors, valid } = await validator.validate(copy())
    assert.deepStrictEqual([valid, errors], [true, undefined])
    assert.strictEqual(validator.version, "3.1")
    await byReference(copy() as never)
  })

  it("is not OpenAPI to either of them when a call has no answers", async () => {
    const broken = copy() as { paths: Record<string, Record<string, { responses?: unknown }>> }
    broken.paths["/v1/refunds"]!["get"]!.responses = []
    assert.isFalse((await new Validator().validate(structuredClone(broken))).valid)
    const refused = await byReference(broken as never).then(
      () => false,
      () => true
    )
    assert.isTrue(refused)
  })

  it("refers to nothing that is not in it, and names each call once", () => {
    const { components, paths } = openApi()
    for (const [, kind = "", name = ""] of JSON.stringify(paths).matchAll(/"#\/components\/(\w+)\/(\w+)"/g))
      assert.property((components as unknown as Record<string, object>)[kind], name)
    const names = Object.values(paths).flatMap((path) => Object.values(path).map(({ operationId }) => operationId))
    assert.strictEqual(new Set(names).size, names.length)
    assert.strictEqual(names.length, Object.keys(calls).length)
  })

  it("says of every call that needs one which permission, by its own name", () => {
    for (const [name, { permission }] of Object.entries(calls))
      if (typeof permission === "string") assert.include(permissions, permission, name)
  })

  it("says amounts as whole numbers, and that nothing but what is named may be sent", () => {
    const { requestBody } = openApi().paths["/v1/orders/{orderId}/refunds"]!["post"]!
    const schema = requestBody?.content?.["application/json"]?.schema as {
      readonly additionalProperties: unknown
      readonly properties: Record<string, { readonly anyOf: ReadonlyArray<{ readonly type: string }> }>
    }
    assert.strictEqual(schema.additionalProperties, false)
    assert.deepStrictEqual(
      schema.properties["amount"]?.anyOf.map(({ type }) => type),
      ["integer", "string", "null"]
    )
  })
})

describe("each kind of problem", () => {
  it.each(codes)("%s: has a meaning, a next step, and an example as it is answered", (code) => {
    const example = exampleOf(code)
    assert.isAbove(guides[code].meaning.length, 15)
    assert.isAbove(guides[code].next.length, 15)
    assert.deepStrictEqual(Schema.decodeUnknownSync(Problem)(JSON.parse(JSON.stringify(example))), example)
    assert.deepStrictEqual([example.code, example.status], [code, kindOfCode(code).status])
    assert.notInclude(JSON.stringify(example), "undefined")
    const fields = code in Violation.cases ? Object.keys(Violation.cases[code as "Malformed"].fields) : []
    for (const field of fields) if (field !== "_tag") assert.property(example.violations[0], field)
  })
})
