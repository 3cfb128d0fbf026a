/** The order of the examples, in as many copies as tests want. */
let drawn = 0

export interface Example {
  readonly id: string
  readonly capture: string
  readonly json: string
}

export const example = (capture: Record<string, unknown> = {}): Example => {
  const id = `A-${++drawn}`
  const body = {
    id,
    currency: "USD",
    customerId: "c-7",
    lines: [{ id: "1", description: "Mug", quantity: 2, amount: 4000, tax: 320, discount: 0 }],
    shipping: { amount: 500, tax: 0, discount: 0 },
    invoiceFee: { amount: 100, tax: 0 },
    subtotal: 4000,
    tax: 320,
    discounts: 0,
    total: 4920,
    captures: [
      {
        id: `cap-${drawn}`,
        amount: 4920,
        provider: "simulator",
        reference: "ch_1",
        tender: "card",
        authorizedAmount: 4920,
        capturedAt: "2026-11-01T10:00:00Z",
        ...capture
      }
    ]
  }
  return { id, capture: `cap-${drawn}`, json: JSON.stringify(body) }
}
