import { hash } from "node:crypto"

/** Hex digest of a UTF-8 text. */
export const sha256 = (text: string): string => hash("sha256", text, "hex")

export const toBlob = (hex: string): Buffer => Buffer.from(hex, "hex")
export const toHex = (blob: Uint8Array): string =>
  Buffer.from(blob.buffer, blob.byteOffset, blob.byteLength).toString("hex")

/** 128 bits tell two requests apart; a content that meets another's by chance or design would need 2^64 tries. */
export const fingerprint = (content: string): Buffer => toBlob(sha256(content).slice(0, 32))
