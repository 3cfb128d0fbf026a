// Loaded before a server: its clock is off by REFUND_TEST_CLOCK milliseconds; where REFUND_TEST_CLOCK_STEPS is set, only every
// other time so many milliseconds have passed, so that it jumps ahead and steps back again and again.
const Right = globalThis.Date
const off = Number(process.env.REFUND_TEST_CLOCK)
const steps = Number(process.env.REFUND_TEST_CLOCK_STEPS ?? 0)
const wrongNow = () => {
  const now = Right.now()
  return steps === 0 || Math.floor(now / steps) % 2 === 0 ? now + off : now
}
globalThis.Date = class extends Right {
  constructor(...parts) {
    if (parts.length === 0) super(wrongNow())
    else super(...parts)
  }
  static now() {
    return wrongNow()
  }
}
