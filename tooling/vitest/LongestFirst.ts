import { BaseSequencer, type TestSpecification } from "vitest/node"

/** The packages whose tests wait and take long; after them those that are done in a moment, so that the run ends at once. */
const first = ["refund-http", "refund-store", "refund-testkit", "refund-tooling", "refund-cli", "refund-service"]
const last = ["refund-dialects", "refund-api", "refund-core"]

const turnOf = (project: string): number =>
  first.includes(project) ? first.indexOf(project) - first.length : last.indexOf(project) + 1

/**
 * A run is as long as its last file: one that takes a minute is not to begin when all else is done. The files of a package
 * stay together, since those share what they loaded.
 */
export class LongestFirst extends BaseSequencer {
  override async sort(files: Array<TestSpecification>): Promise<Array<TestSpecification>> {
    const sorted = await super.sort(files)
    return sorted.sort((one, other) => turnOf(one.project.name) - turnOf(other.project.name))
  }
}
