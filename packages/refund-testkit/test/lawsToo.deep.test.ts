/** The other half of laws.deep. */
import { deepHistories } from "./support/deep.ts"

deepHistories("the second half", 20_261_104)
