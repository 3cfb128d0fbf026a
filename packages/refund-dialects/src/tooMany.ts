/** Who asks more often than they may: every dialect has the same words for it, in its own form. */

export const tooMany = "Too many requests; come again after Retry-After seconds"

export const retryAfter = ({ retryAfterSeconds }: { readonly retryAfterSeconds: number }) => ({
  "retry-after": String(retryAfterSeconds)
})
