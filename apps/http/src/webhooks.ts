/**
 * `POST /webhooks/{provider}`, and `/webhooks/{tenant}/{provider}` where a server has several: what a provider tells of its
 * own accord. Its signature is the credential; who is not the provider stands in the security log.
 */
import { Cause, Effect, Exit } from "effect"
import { type RequestHandler, Router } from "express"
import { faultOf } from "refund-api/Problem"
import type { TenantId } from "refund-core/Ids"
import { LedgerUnavailable } from "refund-core/ports/LedgerStore"
import type { WireAnswer } from "refund-dialects/Dialect"
import { Inbound } from "refund-service/Inbound"
import { type Refusal, SecurityLog } from "refund-service/SecurityLog"
import { limitBytes, readBody } from "./body.ts"
import { broken, deliverTo, type Runtime } from "./mount.ts"
import { native } from "./native.ts"
import { problem, refused } from "./nativeAnswers.ts"
import { requestIdOf } from "./requestId.ts"
import { write } from "./writing.ts"

const paths = { one: "/webhooks/:provider", each: "/webhooks/:tenant/:provider" } as const

/** `tenant`: whose are those that name none. `others`: who else may be named. */
export const webhookRouter = (runtime: Runtime, tenant: TenantId, others: ReadonlyArray<TenantId> = []): Router => {
  const router = Router({ caseSensitive: true })
  const tenants = [tenant, ...others]
  router.post(
    paths.one,
    receive(runtime, paths.one, () => tenant)
  )
  router.post(
    paths.each,
    receive(runtime, paths.each, ({ tenant: named }) => tenants.find((each) => each === named) ?? null)
  )
  router.all([paths.one, paths.each], (_, response) =>
    write(response, native.fault({ _tag: "WrongMethod", allowed: ["POST"] }), { allow: "POST" })
  )
  return router
}

interface Named {
  readonly provider: string
  readonly tenant?: string
}

/** The signature is over the bytes, so they are handed on as they came; what they are called does not matter. */
const receive =
  (runtime: Runtime, route: string, tenantOf: (named: Named) => TenantId | null): RequestHandler =>
  (request, response) => {
    const named = request.params as unknown as Named
    const { provider } = named
    const tenant = tenantOf(named)
    if (tenant === null) {
      const detail = `No tenant named ${JSON.stringify((named.tenant ?? "").slice(0, 64))} is told anything here`
      return write(response, problem(faultOf("UnknownProvider", detail)))
    }
    const from = request.ip === undefined ? {} : { from: request.ip }
    const seen = {
      door: "webhooks",
      method: "POST",
      route,
      tenant,
      by: provider,
      requestId: requestIdOf(request),
      ...from
    }
    const headers = request.headers as Readonly<Record<string, string | undefined>>
    const deliver = deliverTo(response, request, native, runtime)
    readBody(request, limitBytes, (read) => {
      if (read._tag === "aborted") return
      if (read._tag === "tooLarge") return deliver(() => native.fault({ _tag: "TooLarge", limitBytes }))
      if (read._tag === "consumed") return deliver(() => broken(native, request, runtime, new Error(parsedBefore)))
      const told = Inbound.use((inbound) => inbound.receive({ tenant, provider }, { body: read.bytes, headers })).pipe(
        Effect.tapError(({ _tag }) => (_tag === "WebhookRefused" ? unsigned(seen) : Effect.void))
      )
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

const unsigned = (seen: Omit<Refusal, "what" | "status">) =>
  Effect.flatMap(SecurityLog, (tell) => tell({ ...seen, what: "signature", status: 401 }))

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
