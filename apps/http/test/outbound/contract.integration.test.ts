/** T68: each of the five, called over HTTP, against a ledger behind its door and a line that loses what it is told to. */
import { providerContract } from "refund-testkit/providerContract"
import { ledgers, tried, vendors } from "./support/vendors.ts"
import { harness } from "./support/world.ts"

for (const vendor of [...vendors, ...tried, ...ledgers]) providerContract(vendor.name, harness(vendor))
