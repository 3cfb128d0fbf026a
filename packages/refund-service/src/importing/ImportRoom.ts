/** How much is imported at once through a server: so many bodies, each of so many bytes and rows. */
import { Context } from "effect"

export interface ImportLimits {
  readonly bytes: number
  readonly atOnce: number
}

export const importDefaults: ImportLimits = { bytes: 256 * 1024 * 1024, atOnce: 4 }

/** Of each row's identity something is remembered until the import ends: with so many it is 50 MB at most. */
export const importRows = 1_000_000

export interface ImportRoom extends ImportLimits {
  /** Null: so many are under way. What it answers is called once, when the import is over. */
  readonly enter: () => (() => void) | null
}

export const makeImportRoom = (limits: ImportLimits): ImportRoom => {
  let under = 0
  return {
    ...limits,
    enter: () => {
      if (under >= limits.atOnce) return null
      under += 1
      let isOver = false
      return () => {
        if (!isOver) under -= 1
        isOver = true
      }
    }
  }
}

/** Of this process. */
export const ImportRoom = Context.Reference<ImportRoom>("refund-service/importing/ImportRoom", {
  defaultValue: () => makeImportRoom(importDefaults)
})
