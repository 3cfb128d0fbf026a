/** A server's socket, from its first connection to its last. */
import type { Server } from "node:http"
import type { AddressInfo } from "node:net"
import type { Configuration } from "refund-service/Configuration"

/**
 * So many connections may wait to be looked at, where the system lets them (Linux: `net.core.somaxconn`). Of more, which a
 * process that stood still for some seconds would have, the system breaks some off.
 */
const backlog = 4_096

/** Answers its address. */
export const listen = (server: Server, { host, port }: Pick<Configuration, "host" | "port">): Promise<string> =>
  new Promise((resolve, reject) => {
    server.once("error", reject)
    server.listen({ port, host, backlog }, () => {
      server.off("error", reject)
      const { port: taken } = server.address() as AddressInfo
      resolve(`http://${host.includes(":") ? `[${host}]` : host}:${taken}`)
    })
  })

/** Requests get a second to be answered in full; those that wait for an outcome are then answered with what is known. */
const patience = 1_000

export const close = async (server: Server, stopWaiting: () => Promise<void>): Promise<void> => {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()))
  const sweep = setInterval(() => server.closeIdleConnections(), 25)
  const within = (milliseconds: number) =>
    Promise.race([
      closed.then(() => true),
      new Promise<boolean>((resolve) => setTimeout(resolve, milliseconds, false).unref())
    ])
  server.closeIdleConnections()
  if (!(await within(patience))) {
    await stopWaiting()
    if (!(await within(patience))) server.closeAllConnections()
  }
  clearInterval(sweep)
  await stopWaiting()
}
