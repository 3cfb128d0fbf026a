import { project } from "../../tooling/vitest/project.ts"

export default project({ isolate: true, started: ["src/main.ts"] })
