import { harness } from "refund-testkit/ProviderDouble"
import { providerContract } from "refund-testkit/providerContract"

// In place of `harness()`: how to open your adapter against a double of its vendor, and what that double can do.
providerContract("My provider", harness())
