import { Effect, Layer } from "effect"
import { deliveriesContract } from "refund-testkit/deliveriesContract"
import { feedContract } from "refund-testkit/feedContract"
import { inboxContract } from "refund-testkit/inboxContract"
import type { StoreOptions } from "refund-testkit/ledgerContract"
import { ledgerAt, temporaryFile } from "./ledgerFile.ts"

const opened = (options: StoreOptions = {}) =>
  Layer.unwrap(Effect.map(temporaryFile, (file) => ledgerAt(file, options)))

feedContract("The ledger on SQLite", opened)
deliveriesContract("The ledger on SQLite", opened)
inboxContract("The ledger on SQLite", opened)
