import { deliveriesContract } from "../src/deliveriesContract.ts"
import { feedContract } from "../src/feedContract.ts"
import { inboxContract } from "../src/inboxContract.ts"
import { keyUsesContract } from "../src/keyUsesContract.ts"
import { layerMemoryWith } from "../src/LedgerStoreMemory.ts"

feedContract("The ledger in memory", () => layerMemoryWith({}))
deliveriesContract("The ledger in memory", layerMemoryWith)
inboxContract("The ledger in memory", layerMemoryWith)
keyUsesContract("The ledger in memory", () => layerMemoryWith({}))
