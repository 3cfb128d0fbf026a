import { layerMemoryWith } from "refund-testkit/LedgerStoreMemory"
import { ledgerContract } from "refund-testkit/ledgerContract"

// In place of `layerMemoryWith`: what opens a new, empty ledger in your store.
ledgerContract("My ledger", (options) => layerMemoryWith(options))
