/** Every call of the native API. */
import { auditCalls } from "./auditCalls.ts"
import type { Calls } from "./Call.ts"
import { keyCalls } from "./keyCalls.ts"
import { ledgerCalls, serverCalls } from "./ledgerCalls.ts"
import { messageCalls } from "./messageCalls.ts"
import { orderCalls } from "./orderCalls.ts"
import { providerCalls } from "./providerCalls.ts"
import { redactionCalls } from "./redactionCalls.ts"
import { refundCalls } from "./refundCalls.ts"
import { reportCalls } from "./reportCalls.ts"

export const calls: Calls = {
  ...orderCalls,
  ...refundCalls,
  ...messageCalls,
  ...ledgerCalls,
  ...reportCalls,
  ...auditCalls,
  ...keyCalls,
  ...providerCalls,
  ...redactionCalls,
  ...serverCalls
}
