import { fileURLToPath } from "node:url"
import { configDefaults, defineProject } from "vitest/config"

declare module "vitest" {
  interface ProvidedContext {
    /** What the tests start as processes: their sources, from the package's folder. */
    readonly started: ReadonlyArray<string>
    /** Each of them in one file, by its source: see `bundled.ts`. */
    readonly programs: Readonly<Record<string, string>>
  }
}

const isDeep = process.env["REFUND_TEST_DEEP"] !== undefined
const conditions = ["refund/source"]

/**
 * One package's tests. They read the sources of the packages they import, so nothing has to be built first.
 * The test files of a package share a process, and with it what they loaded, Effect above all: the code here keeps no state
 * outside its services, and a test that spies on what all share (a console, a driver's prototype) lets go of it again.
 * `isolate`: not so where the tests' own support keeps a ledger, or a folder, for one file of tests. `started`: programs
 * that the tests start as processes; `inject("programs")` names their files.
 */
export const project = ({
  isolate = false,
  started = []
}: {
  readonly isolate?: boolean
  readonly started?: ReadonlyArray<string>
} = {}) =>
  defineProject({
    resolve: { conditions },
    ssr: { resolve: { conditions } },
    test: {
      include: ["test/**/*.test.ts"],
      // What takes minutes is `npm run test:deep`'s: left out, it is no test that was skipped.
      exclude: [...configDefaults.exclude, ...(isDeep ? [] : ["test/**/*.deep.test.ts"])],
      isolate,
      pool: "forks",
      setupFiles: [fileURLToPath(new URL("timeouts.ts", import.meta.url))],
      globalSetup: ["../postgres/run.ts", ...(started.length > 0 ? ["bundled.ts"] : [])].map((file) =>
        fileURLToPath(new URL(file, import.meta.url))
      ),
      provide: { started: [...started] },
      // One more than the cores of the machines that this is made for: many tests wait, for a lease or a process, and compute little.
      maxWorkers: 3,
      // What is to end soon says so itself: this is for what hangs, on a machine that has other work too. A hook starts servers.
      hookTimeout: 60_000,
      testTimeout: 60_000
    }
  })
