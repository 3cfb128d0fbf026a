/**
 * Runs the tests for Stryker in the process that loaded them: a rule's row takes a millisecond, so thousands of mutants
 * take minutes. (Its runner for vitest starts vitest anew for each mutant, a second every time.)
 */
import { readdirSync, readFileSync } from "node:fs"
import { registerHooks, stripTypeScriptTypes } from "node:module"
import { join } from "node:path"
import { performance } from "node:perf_hooks"
import { fileURLToPath, pathToFileURL } from "node:url"
import { INSTRUMENTER_CONSTANTS } from "@stryker-mutator/api/core"
import { declareFactoryPlugin, PluginKind } from "@stryker-mutator/api/plugin"
import { DryRunStatus, determineHitLimitReached, TestStatus, toMutantRunResult } from "@stryker-mutator/api/test-runner"
import { Arbitrary, Effect, Layer } from "effect"
import { collect, it } from "./harness.mjs"

/** Where Stryker put its copy of the sources; this process is there only when the runner is made. */
let here = ""
const harness = new URL("harness.mjs", import.meta.url).href

const folders = [
  "packages/refund-core/test",
  "packages/refund-testkit/test/rules",
  "packages/refund-testkit/test/failures"
]

/** The core's own tests, the rows of the rules, what any order must come to, and what a store needs of the core. */
const testFiles = () => [
  ...folders.flatMap((folder) =>
    readdirSync(folder)
      // What reads the other tests decides nothing.
      .filter((file) => file.endsWith(".test.ts") && file !== "cited.test.ts")
      .map((file) => join(folder, file))
  ),
  ...["left", "partitions", "boundaries", "useCases", "generators", "LedgerStoreMemory"].map(
    (name) => `packages/refund-testkit/test/${name}.test.ts`
  )
]

let generation = 0
const scripts = new Map()

registerHooks({
  resolve: (specifier, context, next) => {
    if (specifier === "vitest" || specifier === "@effect/vitest") return { url: harness, shortCircuit: true }
    const [, name, module] = /^(refund-core|refund-testkit)\/(.+)$/.exec(specifier) ?? []
    const found = next(
      name === undefined ? specifier : new URL(`packages/${name}/src/${module}.ts`, here).href,
      context
    )
    // A generation of its own for each load, so that the same sources can be loaded again with another mutant in them.
    return found.url.startsWith(here) && found.url.endsWith(".ts")
      ? { ...found, url: `${found.url}?${generation}` }
      : found
  },
  load: (url, context, next) => {
    if (!url.startsWith(here) || !url.includes(".ts?")) return next(url, context)
    const [file] = url.split("?")
    if (!scripts.has(file)) scripts.set(file, stripTypeScriptTypes(readFileSync(fileURLToPath(file), "utf8")))
    return { format: "module", source: scripts.get(file), shortCircuit: true }
  }
})

/** Races take a second each and say nothing of the core, which knows of none. */
const aboutTheStore = /many at the same time/

const fromTestkit = (module) => import(new URL(`packages/refund-testkit/src/${module}.ts`, here).href)

/** Some random histories, last because they take longest. They are not made short where they break a law: one is enough. */
const laws = async () => {
  const [{ histories }, { runHistory }, { layerMemory }] = await Promise.all(
    ["histories", "lawsHold", "LedgerStoreMemory"].map(fromTestkit)
  )
  it.effect("random histories break no law", () =>
    Effect.gen(function* () {
      for (const history of yield* Arbitrary.sampleEffect(histories(40), { count: 8, seed: 1, size: 120 })) {
        const { broken } = yield* runHistory(history, "acme").pipe(Effect.provide(Layer.fresh(layerMemory)))
        if (broken.length > 0) throw new Error(broken[0].law)
      }
    })
  )
}

class Runner {
  #stryker
  #tests = []
  /** Was a mutant active while the sources were loaded? Then they serve that one only. */
  #tainted = true

  constructor() {
    this.#stryker = globalThis[INSTRUMENTER_CONSTANTS.NAMESPACE] ??= {}
    here = pathToFileURL(`${process.cwd()}/`).href
  }

  capabilities() {
    return { reloadEnvironment: true }
  }

  async dryRun() {
    await this.#load(undefined)
    const result = await this.#run(this.#tests, true)
    return { ...result, mutantCoverage: this.#stryker.mutantCoverage }
  }

  async mutantRun({ activeMutant, disableBail, hitLimit, mutantActivation, testFilter }) {
    const stryker = this.#stryker
    stryker.hitLimit = hitLimit
    stryker.hitCount = 0
    const early = mutantActivation === "static"
    try {
      if (early || this.#tainted) await this.#load(early ? activeMutant.id : undefined)
    } catch (error) {
      // Sources that cannot even be loaded are noticed by every test.
      const tests = [
        { id: "load", name: "load", timeSpentMs: 0, status: TestStatus.Failed, failureMessage: String(error) }
      ]
      return toMutantRunResult({ status: DryRunStatus.Complete, tests })
    }
    stryker.activeMutant = activeMutant.id
    const wanted = testFilter === undefined ? null : new Set(testFilter)
    const tests = wanted === null ? this.#tests : this.#tests.filter(({ id }) => wanted.has(id))
    const result = await this.#run(tests, disableBail)
    stryker.activeMutant = undefined
    return toMutantRunResult(determineHitLimitReached(stryker.hitCount, hitLimit) ?? result)
  }

  async #load(mutant) {
    this.#tainted = true
    this.#stryker.activeMutant = mutant
    generation += 1
    const tests = []
    for (const file of testFiles()) tests.push(...(await collect(file, () => import(new URL(file, here).href))))
    tests.push(...(await collect("packages/refund-testkit/src/lawsHold.ts", laws)))
    this.#tests = tests.filter(({ name }) => !aboutTheStore.test(name))
    this.#tainted = mutant !== undefined
  }

  async #run(tests, all) {
    const results = []
    for (const { test, ...about } of tests) {
      const since = performance.now()
      let failureMessage
      this.#stryker.currentTestId = about.id
      try {
        await test()
      } catch (error) {
        failureMessage = error instanceof Error ? error.message : String(error)
      }
      const timeSpentMs = performance.now() - since
      results.push(
        failureMessage === undefined
          ? { ...about, timeSpentMs, status: TestStatus.Success }
          : { ...about, timeSpentMs, status: TestStatus.Failed, failureMessage }
      )
      if (failureMessage !== undefined && !all) break
    }
    this.#stryker.currentTestId = undefined
    return { status: DryRunStatus.Complete, tests: results }
  }
}

const create = () => new Runner()
create.inject = []

export const strykerPlugins = [declareFactoryPlugin(PluginKind.TestRunner, "in-process", create)]
