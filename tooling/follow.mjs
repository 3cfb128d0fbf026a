// Preloaded into a server that tooling/run.mjs started: when its starter is gone without a word (killed with SIGKILL,
// say), the server stops as if it had been told to, instead of holding the port for nobody.
const parent = process.ppid

setInterval(() => {
  if (process.ppid !== parent) process.kill(process.pid, "SIGTERM")
}, 500).unref()
