/**
 * What is asked on one connection is worked on in turn, one after the other, as HTTP has it for whatever changes something.
 * Node hands over all requests of a piece it received at once, before the client has read a single answer.
 */
import type { RequestListener, ServerResponse } from "node:http"
import type { Socket } from "node:net"

/** Who asks for more before the answer under way was read is cut off: what waits costs memory. */
export const waitingAtMost = 32

const answering = Symbol("answering")
const waiting = Symbol("waiting")

type Waiting = Parameters<RequestListener>
type Asking = Socket & { [answering]?: ServerResponse; [waiting]?: Array<Waiting> | undefined }

export const inTurn = (listener: RequestListener): RequestListener => {
  const goOn = (socket: Asking): void => {
    const queue = socket[waiting]
    const next = queue?.shift()
    // After an answer that was the last, and on a connection that is gone, nothing can be told: so nothing is done.
    if (queue === undefined || next === undefined || !socket.writable) {
      socket[waiting] = undefined
      return
    }
    const [request, response] = next
    if (queue.length === 0) socket[waiting] = undefined
    else response.once("close", () => goOn(socket))
    socket[answering] = response
    listener(request, response)
  }
  return (request, response) => {
    const socket: Asking = request.socket
    if (!socket.writable) return
    const earlier = socket[answering]
    const queue = socket[waiting]
    if (queue === undefined && (earlier === undefined || earlier.writableFinished)) {
      socket[answering] = response
      listener(request, response)
    } else if (queue === undefined) {
      socket[waiting] = [[request, response]]
      earlier?.once("close", () => goOn(socket))
    } else if (queue.length < waitingAtMost) queue.push([request, response])
    else socket.destroy()
  }
}
