import { hash } from "node:crypto"

/** Hex digest of a UTF-8 text. */
export const sha256 = (text: string): string => hash("sha256", text, "hex")

/** 128 bits tell two requests apart: a content that meets another's would need 2^64 tries. */
export const fingerprint = (content: string): string => sha256(content).slice(0, 32)
