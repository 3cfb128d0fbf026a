import { describe } from "@effect/vitest"
import { ledgerAt, temporaryFile } from "./ledgerFile.ts"
import { outboxTests } from "./support/outboxTests.ts"

describe("what is due", () => outboxTests(temporaryFile, ledgerAt))
