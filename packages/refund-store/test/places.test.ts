import { assert, describe, it } from "@effect/vitest"
import { CaptureId, OrderId, TenantId } from "refund-core/Ids"
import { Places } from "../src/internal/batch/places.ts"

const tenant = TenantId.make("shop")

describe("which order a capture is of", () => {
  it("is known for those that were found or asked for a moment ago, however many there were before", () => {
    const places = new Places()
    const at = (number: number) => ({ capture: CaptureId.make(`c-${number}`) })
    for (let number = 1; number <= 120_000; number++) {
      places.keep(tenant, at(number), OrderId.make(`o-${number}`))
      const before = places.known({ tenant, at: at(Math.max(1, number - 200)) })
      if (before === undefined) assert.fail(`c-${number - 200} is not known any more after c-${number}`)
      if (number % 200 === 0 && places.known({ tenant, at: at(1) }) === undefined) assert.fail(`c-1 after c-${number}`)
    }
    assert.isUndefined(places.known({ tenant, at: at(2) }))
  })
})
