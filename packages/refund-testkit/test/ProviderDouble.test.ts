import { harness } from "../src/ProviderDouble.ts"
import { providerContract } from "../src/providerContract.ts"

providerContract("The double", harness())
providerContract(
  "A double that answers later and cannot be asked",
  harness({ answers: "later", capabilities: { lookup: "none" } })
)
providerContract(
  "A double that is found by its own reference only, and tells nothing",
  harness({ tells: false, capabilities: { lookup: "reference" } })
)
providerContract("A double that gives back whole captures only", harness({ capabilities: { partial: false } }))
providerContract("A double that takes steps", harness({ capabilities: { steps: { KWD: 10n, JPY: 100n } } }))
providerContract("A double that honours no id, and is found by it", harness({ capabilities: { honoursKeyFor: 0 } }))
providerContract(
  "A double that honours no id and cannot be asked",
  harness({ tells: false, capabilities: { honoursKeyFor: 0, lookup: "none" } })
)
