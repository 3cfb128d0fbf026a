import { layerMemory } from "refund-testkit/LedgerStoreMemory"
import { storeContract } from "refund-testkit/storeContract"

// In place of `layerMemory`: the layer of your store.
storeContract("My store", layerMemory)
