import { project } from "../../tooling/vitest/project.ts"

export default project({ isolate: true, started: ["test/racer.ts", "test/messenger.ts"] })
