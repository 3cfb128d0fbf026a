import { providerContract } from "refund-testkit/providerContract"
import { harness } from "./double/harness.ts"

// T68: the suite that every adapter passes, over the vendor's own SDK and real connections.
providerContract("PayPal", harness)
