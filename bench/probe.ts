// Loaded into every server process before its program: answers what the harness asks over IPC, and ends with the harness.

process.on('message', (question) => {
  if (question === 'cpu') {
    const { user, system } = process.cpuUsage()
    process.send?.({ cpu: user + system })
  } else if (question === 'memory') {
    // Twice: what the first finds dead may hold the last reference to something else.
    globalThis.gc?.()
    globalThis.gc?.()
    const { rss, heapUsed, external } = process.memoryUsage()
    process.send?.({ rss, heap: heapUsed + external })
  }
})
process.on('disconnect', () => process.exit())
