/** Whether the journal's entries say from which address they were asked for: nothing that is in the journal can be removed. */
import { Context } from "effect"

export const JournalAddresses = Context.Reference<boolean>("refund-service/JournalAddresses", {
  defaultValue: () => true
})
