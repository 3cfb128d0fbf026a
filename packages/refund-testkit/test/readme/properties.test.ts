import { it } from "@effect/vitest"
import { assertTrue } from "@effect/vitest/utils"
import { componentsOf } from "refund-core/Order"
import { orders } from "refund-testkit/generators"

it.prop("no part of an order costs less than nothing", { order: orders }, ({ order }) => {
  assertTrue(componentsOf(order).every((part) => part.charged >= 0n))
})
