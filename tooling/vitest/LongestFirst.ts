import { createHash } from "node:crypto"
import { relative } from "node:path"
import { BaseSequencer, type TestSpecification } from "vitest/node"

/** The packages whose tests wait and take long; after them those that are done in a moment, so that the run ends at once. */
const first = ["refund-http", "refund-store", "refund-testkit", "refund-tooling", "refund-cli", "refund-service"]
const last = ["refund-dialects", "refund-api", "refund-core"]

const turnOf = (project: string): number =>
  first.includes(project) ? first.indexOf(project) - first.length : last.indexOf(project) + 1

/**
 * A run is as long as its last file: one that takes a minute is not to begin when all else is done. The files of a package
 * stay together, since those share what they loaded; and for that no file may depend on which of them ran before it: each
 * `REFUND_TEST_SHUFFLE=word` is another order of them, the same for the same word.
 */
export class LongestFirst extends BaseSequencer {
  override async sort(files: Array<TestSpecification>): Promise<Array<TestSpecification>> {
    const word = process.env["REFUND_TEST_SHUFFLE"]
    const sorted = word === undefined ? await super.sort(files) : shuffled(files, word)
    return sorted.sort((one, other) => turnOf(one.project.name) - turnOf(other.project.name))
  }
}

const shuffled = (files: ReadonlyArray<TestSpecification>, word: string): Array<TestSpecification> => {
  const placeOf = ({ moduleId, project }: TestSpecification) =>
    createHash("sha256")
      .update(`${word} ${relative(project.config.root, moduleId)}`)
      .digest("hex")
  return files.toSorted((one, other) => (placeOf(one) < placeOf(other) ? -1 : 1))
}
