/** Webhooks as Adyen sends them. */
import { HmacValidator } from "../../src/internal/sdk.ts"

const signer = new HmacValidator()

export interface Told {
  readonly eventCode: string
  readonly pspReference: string
  readonly success: "true" | "false"
  readonly amount: { readonly currency: string; readonly value: number }
  readonly merchantAccountCode: string
  readonly merchantReference: string
  readonly originalReference?: string
  readonly eventDate?: string
  readonly reason?: string
  readonly additionalData?: Readonly<Record<string, string>>
}

export const signed = (told: Told, hmacKey: string) => {
  const item = { eventDate: "2026-11-22T10:00:00+01:00", paymentMethod: "visa", reason: "", ...told }
  const hmacSignature = signer.calculateHmac(item as unknown as Parameters<typeof signer.calculateHmac>[0], hmacKey)
  return { ...item, additionalData: { ...told.additionalData, hmacSignature } }
}

export const delivery = (items: ReadonlyArray<Told>, hmacKey: string, live = "false") => ({
  live,
  notificationItems: items.map((item) => ({ NotificationRequestItem: signed(item, hmacKey) }))
})

export const bytes = (value: unknown): Uint8Array => new TextEncoder().encode(JSON.stringify(value))
