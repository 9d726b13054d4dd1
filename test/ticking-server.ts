// The server of fixtures/ticking-process.ts, as tests hold it.

import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Order, Told } from './fixtures/ticking-process.ts'

const PROGRAM = join(dirname(fileURLToPath(import.meta.url)), 'fixtures/ticking-process.js')

/** See above. */
export class TickingServer implements AsyncDisposable {
  readonly #folder = mkdtempSync(join(tmpdir(), 'pipestack-ticking-'))
  #child: ChildProcess | undefined
  #port = 0

  static async start(): Promise<TickingServer> {
    const server = new TickingServer()
    await server.start()
    return server
  }

  /** Starts it; anew, at the port that it had. */
  async start(): Promise<void> {
    const options = { execArgv: ['--expose-gc'] }
    this.#child = fork(PROGRAM, [String(this.#port), join(this.#folder, 'log')], options)
    const [told] = await once(this.#child, 'message')
    this.#port = Number(told.port)
  }

  url(scheme: 'http' | 'ws', path: string): string {
    return `${scheme}://127.0.0.1:${this.#port}${path}`
  }

  /** Publishes events of so many characters, up to a number. */
  publish(upTo: number, length = 0): void {
    this.#order({ upTo, length })
  }

  /** What it holds, after garbage collection. */
  async memory(): Promise<Extract<Told, { heap: number }>> {
    const child = this.#child
    if (child === undefined) throw new Error('it does not run')
    this.#order('memory')
    for (;;) {
      const [told] = await once(child, 'message')
      if ('heap' in told) return told
    }
  }

  #order(order: Order): void {
    this.#child?.send(order)
  }

  /** Ends it as a power cut would. */
  async kill(): Promise<void> {
    const child = this.#child
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return
    const exit = once(child, 'exit')
    child.kill('SIGKILL')
    await exit
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill()
    rmSync(this.#folder, { recursive: true, force: true })
  }
}
