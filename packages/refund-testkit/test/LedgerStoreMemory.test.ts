import { layerMemoryWith } from "../src/LedgerStoreMemory.ts"
import { ledgerContract } from "../src/ledgerContract.ts"

ledgerContract("The ledger in memory", layerMemoryWith)
