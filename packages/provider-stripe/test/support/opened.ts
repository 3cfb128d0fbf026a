/** The adapter, the double it calls, and a receiver of what the double tells: all over HTTP. */
import { Effect } from "effect"
import type { Attempt, RefundProvider } from "refund-core/ports/RefundProvider"
import * as Provider from "../../src/Provider.ts"
import * as Webhook from "../../src/Webhook.ts"
import { type Meets, StripeDouble, secretKey, webhookSecret } from "../double/StripeDouble.ts"
import { startReceiver } from "./receiver.ts"

/** For what hangs: an answer that comes is waited for on the slowest machine too, a third of this for the question before paying. */
const timeoutMilliseconds = 90_000

export const open = Effect.acquireRelease(
  Effect.promise(async () => {
    const double = await StripeDouble.start()
    const receiver = await startReceiver(Webhook.make({ secrets: [webhookSecret] }), () => double.seconds * 1000)
    double.deliveries.sendTo(receiver.url)
    const made = Provider.make({ secretKey, baseUrl: double.url, timeoutMilliseconds })
    let isUnreachable = false

    const submit = (attempt: Attempt) =>
      isUnreachable
        ? Effect.promise(() => double.close()).pipe(
            Effect.andThen(made.provider.submit(attempt)),
            Effect.tap(() => {
              isUnreachable = false
              return Effect.promise(() => double.listen())
            })
          )
        : made.provider.submit(attempt)
    const provider: RefundProvider["Service"] = { submit, lookup: made.provider.lookup }

    return {
      double,
      receiver,
      provider,
      capabilities: made.capabilities,
      /** What the next submit meets. */
      arm: (meets: Meets | "unreachable") => {
        isUnreachable = meets === "unreachable"
        double.arm(isUnreachable ? "settles" : (meets as Meets))
      },
      /** What was told since this was last asked; nothing is on its way any more. */
      news: async () => {
        await double.deliveries.arrived()
        return receiver.take()
      }
    }
  }),
  ({ double, receiver }) => Effect.promise(() => Promise.all([double.close(), receiver.close()]))
)
export type Opened = Effect.Success<typeof open>
