/** The file's own clock, which is the same for all processes that share it: leases are counted by it. */
export const now = "CAST(unixepoch('subsec') * 1000 AS INTEGER)"
