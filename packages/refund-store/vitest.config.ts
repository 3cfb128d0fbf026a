import { project } from "../../tooling/vitest/project.ts"

export default project({ started: ["test/racer.ts", "test/messenger.ts"] })
