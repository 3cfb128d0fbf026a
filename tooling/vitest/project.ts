import { fileURLToPath } from "node:url"
import { configDefaults, defineProject } from "vitest/config"

declare module "vitest" {
  interface ProvidedContext {
    /** An app in one file, see `bundled.ts`. */
    readonly bundle: string
  }
}

const isDeep = process.env["REFUND_TEST_DEEP"] !== undefined
const conditions = ["refund/source"]

/**
 * One package's tests. They read the sources of the packages they import, so nothing has to be built first.
 * `isolate: false` lets the test files of a package share one loaded Effect: only for packages whose code keeps no
 * state outside its services. `isStarted`: an app that its tests start as a process; `inject("bundle")` names the file.
 */
export const project = ({ isolate, isStarted = false }: { readonly isolate: boolean; readonly isStarted?: boolean }) =>
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
      globalSetup: ["../postgres/run.ts", ...(isStarted ? ["bundled.ts"] : [])].map((file) =>
        fileURLToPath(new URL(file, import.meta.url))
      ),
      maxWorkers: 2,
      testTimeout: 15_000
    }
  })
