import { expect, vi } from "vitest"

// An integration test starts what it needs itself: a database, a second process, a browser.
if (expect.getState().testPath?.endsWith(".integration.test.ts"))
  vi.setConfig({ hookTimeout: 180_000, testTimeout: 180_000 })
