import { deliveriesContract } from "refund-testkit/deliveriesContract"
import { feedContract } from "refund-testkit/feedContract"
import { inboxContract } from "refund-testkit/inboxContract"
import { layerMemoryWith } from "refund-testkit/LedgerStoreMemory"

feedContract("My ledger", () => layerMemoryWith({}))
deliveriesContract("My ledger", (options) => layerMemoryWith(options))
inboxContract("My ledger", (options) => layerMemoryWith(options))
