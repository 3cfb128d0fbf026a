/** What customers of the small ledger are owed: an account in each currency, spent oldest first. */
import { setImmediate as soon } from "node:timers/promises"
import { type Bug, Refused } from "./smallLedger.ts"

interface Account {
  balance: number
  lots: Array<{ amount: number }>
}

export class SmallCredit {
  readonly #bug: Bug | null
  readonly #accounts = new Map<string, Map<string, Account>>()

  constructor(bug: Bug | null) {
    this.#bug = bug
  }

  give(customerId: string, currency: string, amount: number): void {
    const account = this.#account(customerId, currency)
    account.balance += amount
    account.lots.push({ amount })
  }

  async spend(customerId: string, currency: string, amount: number): Promise<void> {
    const account = this.#account(customerId, currency)
    if (amount <= 0) throw new Refused(400, "AmountNotPositive", "spend more than nothing")
    const { balance } = account
    const most =
      this.#bug === "credit overdrawn" ? balance + 1 : this.#bug === "last credit kept back" ? balance - 1 : balance
    if (amount > most) throw new Refused(422, "ExceedsCredit", "that much is not owed")
    if (this.#bug === "credit spent twice") await soon()
    account.balance = balance - amount
    if (this.#bug !== "lots left behind") this.#take(account, amount)
  }

  show(customerId: string) {
    const accounts = this.#accounts.get(customerId) ?? new Map<string, Account>()
    return { customerId, balances: [...accounts.keys()].map((currency) => this.one(customerId, currency)) }
  }

  one(customerId: string, currency: string) {
    const { balance, lots } = this.#account(customerId, currency)
    return { currency, balance, spendable: balance, lots: lots.map((lot) => ({ ...lot, expiresAt: null })) }
  }

  #take(account: Account, amount: number): void {
    let open = amount
    for (const lot of account.lots) {
      const taken = Math.min(open, lot.amount)
      lot.amount -= taken
      open -= taken
    }
    account.lots = account.lots.filter((lot) => lot.amount > 0)
    const [last] = account.lots
    if (open > 0) account.lots = [{ amount: (last?.amount ?? 0) - open }]
  }

  #account(customerId: string, currency: string): Account {
    const ofCustomer = this.#accounts.get(customerId) ?? new Map<string, Account>()
    const account = ofCustomer.get(currency) ?? { balance: 0, lots: [] }
    this.#accounts.set(customerId, ofCustomer.set(currency, account))
    return account
  }
}
