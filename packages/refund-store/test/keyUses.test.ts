import { Effect, Layer } from "effect"
import { keyUsesContract } from "refund-testkit/keyUsesContract"
import { ledgerAt, temporaryFile } from "./ledgerFile.ts"

keyUsesContract("The ledger on SQLite", () => Layer.unwrap(Effect.map(temporaryFile, (file) => ledgerAt(file))))
