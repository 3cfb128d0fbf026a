/** A way to the database that stops before a statement of the test's choice, and with it all that comes after it there. */
import type { Wrap } from "../../src/internal/postgres/ledger.ts"
import type { Connection } from "../../src/internal/postgres/pool.ts"

export interface Holding {
  readonly wrap: Wrap
  /** From now on. The next statement that matches is held. */
  readonly hold: (sql: RegExp) => void
  /** Once one is held, and all that went before it there is answered. */
  readonly reached: Promise<void>
  readonly release: () => void
}

const gate = () => {
  let open = (): void => {}
  const opened = new Promise<void>((resolve) => {
    open = resolve
  })
  return { open, opened }
}

export const holding = (): Holding => {
  const [reached, released] = [gate(), gate()]
  let wanted: RegExp | null = null
  const over = (connection: Connection): Connection => {
    let before: Promise<unknown> = Promise.resolve()
    let last: Promise<unknown> = before
    const inTurn = <A>(sql: string, send: () => Promise<A>): Promise<A> => {
      if (wanted?.test(sql) === true) {
        wanted = null
        last.then(reached.open, reached.open)
        before = released.opened
      }
      const answer = before.then(send)
      answer.catch(() => {})
      last = answer
      return answer
    }
    return {
      ask: <Row>(sql: string, ...values: Parameters<Connection["ask"]> extends [string, ...infer V] ? V : never) =>
        inTurn(sql, () => connection.ask<Row>(sql, ...values)),
      tell: (sql) => inTurn(sql, () => connection.tell(sql))
    }
  }
  return {
    wrap: (pool) => ({ ...pool, use: (work) => pool.use((connection) => work(over(connection))) }),
    hold: (sql) => {
      wanted = sql
    },
    reached: reached.opened,
    release: released.open
  }
}
