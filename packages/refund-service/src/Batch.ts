/** Many commands in one call. Each is decided and committed for itself; those of one order in the order they came. */
import { Effect, Result } from "effect"
import type { BatchCommand, BatchResultJson, Batch as Commands } from "refund-api/BatchBody"
import { faultOf, type Problem, problemOf } from "refund-api/Problem"
import { groupToJson } from "refund-api/RefundBody"
import type { AddCaptures, RegisterOrder, RequestRefund } from "refund-core/Command"
import type { AnswerOf } from "refund-core/decide"
import type { LedgerUnavailable } from "refund-core/ports/LedgerStore"
import type { Refund } from "refund-core/Refund"
import { Refunds } from "refund-core/Refunds"
import type { Registered } from "refund-core/registration"
import type { Requested } from "refund-core/request"
import type { Rejected } from "refund-core/Violation"

/** Never fails: what is wrong with an item is that item's answer. Orders go side by side, so that a commit gathers many. */
export const runBatch = Effect.fnUntraced(function* ({ commands, dryRun }: Commands) {
  const results: Array<BatchResultJson> = []
  const byOrder = new Map<string, Array<readonly [at: number, command: BatchCommand]>>()
  commands.forEach((decoded, at) => {
    if (Result.isFailure(decoded)) results[at] = failed(problemOf(decoded.failure))
    else listOf(byOrder, orderOf(decoded.success)).push([at, decoded.success])
  })
  yield* Effect.forEach(
    byOrder.values(),
    (ofOne) =>
      Effect.forEach(
        ofOne,
        ([at, command]) =>
          Effect.map(answered(command, dryRun), (result) => {
            results[at] = result
          }),
        { discard: true }
      ),
    { concurrency: "unbounded", discard: true }
  )
  return results
})

const orderOf = (command: BatchCommand): string => {
  if (command._tag !== "RequestRefund") return command.orderId
  return "order" in command.at ? command.at.order : `capture ${command.at.capture}`
}

const listOf = <A>(lists: Map<string, Array<A>>, name: string): Array<A> => {
  const list = lists.get(name) ?? []
  lists.set(name, list)
  return list
}

type Failure = Rejected | LedgerUnavailable

const answered = (command: BatchCommand, dryRun: boolean): Effect.Effect<BatchResultJson, never, Refunds> =>
  accepted(command, dryRun).pipe(
    Effect.catch((failure) =>
      Effect.succeed(failed(failure._tag === "Rejected" ? problemOf(failure) : faultOf("Unavailable", failure.detail)))
    ),
    Effect.catchDefect((defect) =>
      Effect.as(
        Effect.logError("An item of a batch broke", defect),
        failed(faultOf("Broken", "The server has a defect; the other items are not touched by it"))
      )
    )
  )

const accepted = (command: BatchCommand, dryRun: boolean): Effect.Effect<BatchResultJson, Failure, Refunds> =>
  Effect.flatMap(Refunds, (refunds) => {
    const decided = <C extends BatchCommand>(each: C): Effect.Effect<AnswerOf<C>, Failure> =>
      dryRun ? refunds.rehearse(each) : refunds.execute(each)
    switch (command._tag) {
      case "RegisterOrder":
        return Effect.map(decided<RegisterOrder>(command), (of) => registered(command, of, of.created))
      case "AddCaptures":
        return Effect.map(decided<AddCaptures>(command), (of) => registered(command, of, of.changed))
      case "RequestRefund":
        return Effect.map(decided<RequestRefund>(command), requested)
    }
  })

const registered = (
  { orderId }: RegisterOrder | AddCaptures,
  { changed, created }: Registered,
  isNew: boolean
): BatchResultJson => ({ status: isNew ? 201 : 200, body: { id: orderId, created, changed } })

const requested = ({ refunds, replayed }: Requested): BatchResultJson => ({
  status: replayed ? 200 : 201,
  body: groupToJson(refunds as readonly [Refund, ...Array<Refund>]),
  ...(replayed ? { replayed } : {})
})

const failed = (problem: Problem): BatchResultJson => ({ status: problem.status, problem })
