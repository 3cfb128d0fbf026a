import { describe } from "@effect/vitest"
import { Effect, Layer } from "effect"
import { ledgerAt, temporaryFile } from "./ledgerFile.ts"
import { retentionTests } from "./support/retentionTests.ts"

describe("retention in a file", () =>
  retentionTests(() => Layer.unwrap(Effect.map(temporaryFile, (file) => ledgerAt(file)))))
