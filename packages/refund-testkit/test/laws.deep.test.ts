/**
 * `npm run test:deep`: a hundred thousand histories, of which a thousand of up to 512 commands, each recomputed from its
 * journal at its end and at eight random points. Half of them here and half in lawsToo.deep, so that two run at once.
 */
import { deepHistories } from "./support/deep.ts"

deepHistories("the first half", 20_261_103)
