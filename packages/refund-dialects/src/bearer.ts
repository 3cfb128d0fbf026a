/** The secret in `Authorization: Bearer <secret>`; null where there is none. */
export const bearer = (headers: Readonly<Record<string, string>>): string | null =>
  /^bearer +(\S+)$/i.exec(headers["authorization"] ?? "")?.[1] ?? null
