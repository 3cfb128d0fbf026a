import { describe, expect, it } from "vitest"
import { fuzz } from "./fuzz.ts"

const count = Number(process.env["REFUND_TEST_FUZZ"] ?? 5_000)
const only = process.env["REFUND_TEST_FUZZ_ONLY"]
const seed = Number(process.env["REFUND_TEST_FUZZ_SEED"] ?? 1)

const doors = ["native", "kibo", "geins", "moyasar", "maverick", "medusa"]

/** Replay: the same number with REFUND_TEST_FUZZ_SEED=<seed>. REFUND_TEST_FUZZ_ONLY=/v1/imports: only calls with such a path. */
describe("requests that are almost right", () => {
  it(
    `${count} of them, seed ${seed}: each is answered as described, none by a 5xx, and a no records nothing`,
    async () => {
      const since = Date.now()
      const { books, byStatus, found, slowest } = await fuzz({
        count,
        seed,
        ...(only === undefined ? {} : { only: new RegExp(only) }),
        onProgress: (done) =>
          process.stderr.write(`${done} of ${count} requests, ${Math.round((Date.now() - since) / 1000)} s\n`)
      })
      expect(found).toEqual([])
      expect(slowest).toBeLessThan(30_000)
      expect(books.ok).toBe(true)
      // Not all are refused, and not all are taken: else nothing was tried.
      for (const door of only === undefined ? doors : []) {
        const statuses = [...byStatus.keys()].filter((status) => status.startsWith(`${door} `))
        expect(
          statuses.some((status) => / 2\d\d$/.test(status)),
          door
        ).toBe(true)
        expect(
          statuses.some((status) => / 4\d\d$/.test(status)),
          door
        ).toBe(true)
      }
      if (count > 5_000 || only !== undefined)
        process.stderr.write(`${JSON.stringify([...byStatus].toSorted())}, slowest ${slowest} ms\n`)
    },
    300_000 + count * 20
  )
})
