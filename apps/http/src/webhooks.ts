/** `POST /webhooks/{provider}`: what a provider tells of its own accord. Its signature is the credential. */
import { Cause, Effect, Exit } from "effect"
import { type RequestHandler, Router } from "express"
import { faultOf } from "refund-api/Problem"
import type { TenantId } from "refund-core/Ids"
import { LedgerUnavailable } from "refund-core/ports/LedgerStore"
import type { WireAnswer } from "refund-dialects/Dialect"
import { Inbound } from "refund-service/Inbound"
import { limitBytes, readBody } from "./body.ts"
import { broken, deliverTo, type Runtime, write } from "./mount.ts"
import { native } from "./native.ts"
import { problem, refused } from "./nativeAnswers.ts"

export const webhookRouter = (runtime: Runtime, tenant: TenantId): Router => {
  const router = Router({ caseSensitive: true })
  router.post("/webhooks/:provider", receive(runtime, tenant))
  router.all("/webhooks/:provider", (_, response) =>
    write(response, native.fault({ _tag: "WrongMethod", allowed: ["POST"] }), { allow: "POST" })
  )
  return router
}

/** The signature is over the bytes, so they are handed on as they came; what they are called does not matter. */
const receive =
  (runtime: Runtime, tenant: TenantId): RequestHandler<{ readonly provider: string }> =>
  (request, response) => {
    const { provider } = request.params
    const headers = request.headers as Readonly<Record<string, string | undefined>>
    const deliver = deliverTo(response, request, native, runtime)
    readBody(request, limitBytes, (read) => {
      if (read._tag === "aborted") return
      if (read._tag === "tooLarge") return deliver(() => native.fault({ _tag: "TooLarge", limitBytes }))
      if (read._tag === "consumed") return deliver(() => broken(native, request, runtime, new Error(parsedBefore)))
      const told = Inbound.use((inbound) => inbound.receive({ tenant, provider }, { body: read.bytes, headers }))
      runtime.runCallback(Effect.match(told, { onFailure: no, onSuccess: kept }), {
        onExit: (exit) =>
          deliver(() =>
            Exit.isSuccess(exit)
              ? exit.value
              : failed(exit.cause, () => broken(native, request, runtime, Cause.squash(exit.cause)))
          )
      })
    })
  }

const parsedBefore =
  "A body was parsed before it reached the refund router, so its signature cannot be checked. Mount the router before " +
  "the body parser, or let the parser keep the bytes as request.rawBody."

/** It is durable by now; `new` ones had not been told before. */
const kept = (count: number): WireAnswer => ({ status: 200, body: { new: count } })

type No = Effect.Error<ReturnType<Inbound["Service"]["receive"]>>

const no = (failure: No): WireAnswer => {
  switch (failure._tag) {
    case "NoWebhook":
      return problem(faultOf("UnknownProvider", failure.message.slice(0, 300)))
    case "WebhookRefused":
      return problem(faultOf("WebhookRefused", failure.message))
    case "LedgerUnavailable":
      return refused(failure)
  }
}

const failed = (cause: Cause.Cause<unknown>, otherwise: () => WireAnswer): WireAnswer =>
  Cause.hasInterruptsOnly(cause)
    ? refused(new LedgerUnavailable({ detail: "The server is stopping", retryAfterSeconds: 1 }))
    : otherwise()
