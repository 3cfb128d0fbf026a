/** Waits until the worker is done: from then on nothing is recorded but what is asked for. */
import { setTimeout as pause } from "node:timers/promises"
import { callerOf } from "./call.ts"

/** In the order in which a refund has them: what has left one is seen in the next, or is done. */
const underWay = ["approved", "submitting"]

/** What another system, or a person, is to pay stays as it is. */
export const quiet = async (server: { readonly url: string; readonly adminKey: string }): Promise<void> => {
  const call = callerOf(server)
  for (const state of underWay) {
    const isQuiet = async () => {
      const { refunds } = (await call("GET", `/v1/refunds?state=${state}&limit=200`)).body
      return refunds.every(({ provider }: { readonly provider: string | null }) => provider !== "simulator")
    }
    while (!(await isQuiet())) await pause(5)
  }
}
