// A way to a broker that can be cut and blocked: what a broker that is stopped and started again looks like to its clients.

import { createConnection, createServer, type Server, type Socket } from 'node:net'

/** Passes connections on to a port of this machine. */
export class BrokerProxy implements AsyncDisposable {
  readonly port: number
  /** Connections that came. */
  count = 0
  readonly #target: number
  readonly #sockets = new Set<Socket>()
  #server: Server

  private constructor(server: Server, port: number, target: number) {
    this.#server = server
    this.port = port
    this.#target = target
    server.on('connection', (socket) => this.#pass(socket))
  }

  static async open(target: number): Promise<BrokerProxy> {
    const server = createServer()
    const port = await bind(server, 0)
    return new BrokerProxy(server, port, target)
  }

  #pass(near: Socket): void {
    this.count++
    const far = createConnection({ host: '127.0.0.1', port: this.#target })
    for (const socket of [near, far]) {
      this.#sockets.add(socket)
      socket.on('error', () => {})
      socket.on('close', () => {
        this.#sockets.delete(socket)
        near.destroy()
        far.destroy()
      })
    }
    near.pipe(far)
    far.pipe(near)
  }

  /** How many connections there are. */
  get open(): number {
    return this.#sockets.size / 2
  }

  /** Cuts all connections. */
  cut(): void {
    for (const socket of this.#sockets) socket.destroy()
  }

  /** Cuts all connections, and takes no more. */
  async stop(): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve))
    this.cut()
    await closed
  }

  /** Takes connections again. */
  async start(): Promise<void> {
    this.#server = createServer((socket) => this.#pass(socket))
    await bind(this.#server, this.port)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#server.listening) await this.stop()
  }
}

function bind(server: Server, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, '127.0.0.1', () => {
      const address = server.address()
      resolve(typeof address === 'object' && address !== null ? address.port : 0)
    })
  })
}
