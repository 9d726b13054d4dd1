// Where a peer listens, what it does, and how it says that it is there. CPU is asked for over the same channel: ../../probe.ts.

/** `tcp://127.0.0.1:0` or `ipc:///path`, as options of node:net. */
export function endpoint(address = process.argv[2]) {
  if (address.startsWith('ipc://')) return { path: address.slice('ipc://'.length) }
  const { hostname: host, port } = new URL(address)
  return { host, port: Number(port) }
}

/** The method that all of them have. */
export function add({ a, b, s, list }) {
  return { sum: a + b, s, list }
}

/** Tells the harness the port, once the server of node:net listens; 0 for a Unix socket. */
export function told(server) {
  process.send({ port: server.address().port ?? 0 })
}
