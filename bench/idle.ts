// Work i: what a server holds for connections that have been answered and stay open.

import { connect, type Socket } from 'node:net'
import { ServerProcess } from './processes.ts'

/** How many connections are held. */
export const IDLE = 1_000

/** KiB for each idle connection. */
export interface Held {
  /** Of resident memory: what the system sees; it grows in steps. */
  readonly rss: number
  /** Of the JavaScript heap and what hangs on it: exact, but not everything. */
  readonly heap: number
}

/** Starts a server of work a, and tells what it holds for {@link IDLE} connections after one request on each. */
export async function measureIdle(command: readonly string[]): Promise<Held> {
  const server = await ServerProcess.start(command)
  const sockets: Socket[] = []
  try {
    // What is loaded, compiled and pooled with the first requests belongs to none of the connections.
    for (let count = 0; count < 100; count++) (await ask(server.port)).destroy()
    const before = await server.memory()
    for (let count = 0; count < IDLE; count += 50) {
      sockets.push(...(await Promise.all(Array.from({ length: 50 }, () => ask(server.port)))))
    }
    const after = await server.memory()
    const open = sockets.filter((socket) => !socket.readableEnded).length
    if (open < IDLE) throw new Error(`only ${open} of ${IDLE} connections were still open when they were counted`)
    const perConnection = (bytes: number) => bytes / IDLE / 1_024
    return { rss: perConnection(after.rss - before.rss), heap: perConnection(after.heap - before.heap) }
  } finally {
    for (const socket of sockets) socket.destroy()
    await server.stop()
  }
}

/** A connection that has been answered. */
function ask(port: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.write('GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n')
    })
    let text = ''
    socket.setEncoding('latin1')
    socket.on('error', reject)
    socket.on('data', (chunk: string) => {
      text += chunk
      if (text.endsWith('Hello, World!')) resolve(socket)
    })
    socket.once('close', () => reject(new Error('a connection was closed before its answer')))
  })
}
