import { describe } from "@effect/vitest"
import { ledgerAt, temporaryFile } from "./ledgerFile.ts"
import { auditTests } from "./support/auditTests.ts"

describe("reports and audits of a file", () => auditTests(temporaryFile, ledgerAt))
