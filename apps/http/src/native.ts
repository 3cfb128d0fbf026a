/** The native API as a door: its credential, its routes, and its problem details for whatever goes wrong. */
import { faultOf } from "refund-api/Problem"
import type { Dialect, WireAnswer, WireFault } from "refund-dialects/Dialect"
import { problem, refused, type Services } from "./nativeAnswers.ts"
import { auditRoutes } from "./nativeAudit.ts"
import { batchRoutes } from "./nativeBatch.ts"
import { creditRoutes } from "./nativeCredit.ts"
import { endpointRoutes } from "./nativeEndpoints.ts"
import { eventRoutes } from "./nativeEvents.ts"
import { importRoutes } from "./nativeImports.ts"
import { inboxRoutes } from "./nativeInbox.ts"
import { keyRoutes } from "./nativeKeys.ts"
import { ledgerRoutes } from "./nativeLedger.ts"
import { orderRoutes } from "./nativeOrders.ts"
import { providerRoutes } from "./nativeProviders.ts"
import { reconciliationRoutes } from "./nativeReconciliation.ts"
import { redactionRoutes } from "./nativeRedaction.ts"
import { refundRoutes } from "./nativeRefunds.ts"
import { reportRoutes } from "./nativeReports.ts"

const credential = (headers: Readonly<Record<string, string>>): string | null =>
  /^Bearer +([^ ]+) *$/i.exec(headers["authorization"] ?? "")?.[1] ?? null

const challenge = { "www-authenticate": 'Bearer realm="refunds"' }

const fault = (fault: WireFault): WireAnswer => {
  switch (fault._tag) {
    case "NoCredential":
      return problem(faultOf("Unauthorized", "Send an API key: Authorization: Bearer <key>"), challenge)
    case "BadCredential":
      return problem(faultOf("Unauthorized", "This API key is not known here"), {
        "www-authenticate": `${challenge["www-authenticate"]}, error="invalid_token"`
      })
    case "TooMany": {
      const { retryAfterSeconds } = fault
      return problem(faultOf("TooMany", `Come again in ${retryAfterSeconds} seconds`), {
        "retry-after": String(retryAfterSeconds)
      })
    }
    case "BadJson":
      return problem(faultOf("BadJson", fault.detail))
    case "TooLarge":
      return problem(faultOf("TooLarge", `A body has at most ${fault.limitBytes} bytes`))
    case "WrongMediaType": {
      const got = fault.got === "" ? "no content type" : fault.got
      const wanted = fault.wanted?.join(" or ") ?? "application/json"
      return problem(faultOf("WrongMediaType", `Send the body as ${wanted} in UTF-8, not as ${got}`))
    }
    case "NoRoute":
      return problem(faultOf("NoRoute", `There is nothing at ${fault.path}`))
    case "WrongMethod":
      return problem(faultOf("WrongMethod", `Only ${fault.allowed.join(", ")} is known here`))
    case "Broken":
      return problem(faultOf("Broken", `The server has a defect; its log names this request ${fault.requestId}`))
  }
}

export const native: Dialect<Services> = {
  door: "native",
  prefix: "/v1",
  numbers: "double",
  credential,
  // The busiest route first: Express looks at one after the other.
  routes: [
    ...refundRoutes,
    ...batchRoutes,
    ...importRoutes,
    ...reconciliationRoutes,
    ...orderRoutes,
    ...creditRoutes,
    ...eventRoutes,
    ...endpointRoutes,
    ...inboxRoutes,
    ...ledgerRoutes,
    ...reportRoutes,
    ...auditRoutes,
    ...keyRoutes,
    ...providerRoutes,
    ...redactionRoutes
  ],
  fault,
  failure: refused
}
