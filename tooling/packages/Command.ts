/** The command as somebody has it who installed what `npm pack` made of it: nothing else is there, not even its sources. */
import { spawn } from "node:child_process"
import { mkdir, readdir } from "node:fs/promises"
import { dirname, join } from "node:path"
import { root } from "../test/root.ts"
import { type Finished, npm, run } from "./Importer.ts"

export interface Served {
  readonly url: string
  readonly stop: () => Promise<void>
}

export class Command {
  readonly folder: string
  readonly #env: NodeJS.ProcessEnv

  private constructor(folder: string, env: NodeJS.ProcessEnv) {
    this.folder = folder
    this.#env = env
  }

  /** `npm i -g` under a prefix of its own; `node` runs npm and the command. */
  static async installed(folder: string, node: string): Promise<Command> {
    const [tarballs, prefix, home] = ["tarballs", "prefix", "home"].map((name) => join(folder, name))
    if (tarballs === undefined || prefix === undefined || home === undefined) throw new Error("no folders")
    for (const each of [tarballs, prefix, home]) await mkdir(each, { recursive: true })
    await npm(["pack", "--pack-destination", tarballs], join(root, "apps", "cli"))
    const [tarball = ""] = await readdir(tarballs)
    await npm(["install", "--global", "--prefix", prefix, join(tarballs, tarball)], folder, node)
    const path = [join(prefix, process.platform === "win32" ? "" : "bin"), dirname(node), process.env["PATH"]]
    return new Command(home, { PATH: path.join(process.platform === "win32" ? ";" : ":"), HOME: home })
  }

  refund(args: ReadonlyArray<string>, env: Readonly<Record<string, string>> = {}): Promise<Finished> {
    return run("refund", args, this.folder, { ...this.#env, ...env })
  }

  /** Once it says where it is. */
  async serve(env: Readonly<Record<string, string>>): Promise<Served> {
    const server = spawn("refund", ["serve"], {
      cwd: this.folder,
      env: { ...this.#env, PORT: "0", ...env },
      stdio: ["ignore", "pipe", "pipe"]
    })
    const ended = new Promise<void>((resolve) => server.once("close", () => resolve()))
    let said = ""
    const url = await new Promise<string>((resolve, reject) => {
      const hear = (chunk: Buffer) => {
        said += chunk.toString()
        const found = /http:\/\/127\.0\.0\.1:\d+/.exec(said)
        if (found !== null) resolve(found[0])
      }
      server.stdout.on("data", hear)
      server.stderr.on("data", hear)
      void ended.then(() => reject(new Error(`it did not start: ${said}`)))
    })
    return {
      url,
      stop: () => {
        server.kill("SIGTERM")
        return ended
      }
    }
  }
}
