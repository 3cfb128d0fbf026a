import { project } from "./vitest/project.ts"

export default project({ isolate: true, started: ["../apps/http/src/main.ts"] })
