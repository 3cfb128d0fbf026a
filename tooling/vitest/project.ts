import { fileURLToPath } from "node:url"
import { configDefaults, defineProject } from "vitest/config"

const isDeep = process.env["REFUND_TEST_DEEP"] !== undefined
const conditions = ["refund/source"]

/**
 * One package's tests. They read the sources of the packages they import, so nothing has to be built first.
 * `isolate: false` lets the test files of a package share one loaded Effect: only for packages whose code keeps no
 * state outside its services.
 */
export const project = ({ isolate }: { readonly isolate: boolean }) =>
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
      globalSetup: [fileURLToPath(new URL("../postgres/run.ts", import.meta.url))],
      maxWorkers: 2,
      testTimeout: 15_000
    }
  })
