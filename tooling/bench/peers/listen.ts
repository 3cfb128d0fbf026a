import type { AddressInfo } from "node:net"
import type { Express } from "express"

/** On a free port of this machine, which it prints on a line of its own: that is how the benchmark finds it. */
export const listen = (app: Express): void => {
  const server = app.listen(0, "127.0.0.1", () => {
    console.log(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)
  })
}
