/** The other half of lawsDeep. */
import { deepHistories } from "./support/deep.ts"

deepHistories("the second half", 20_261_104)
