// Starts the server of the soak test, asks it how it is, and ends it.

import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { Report } from './server.ts'

/** Files that a process may hold open: Node.js raises the soft limit to the hard one, and its children have the same. */
export function mostFiles(): number {
  const text = execFileSync('sh', ['-c', 'ulimit -n'], { encoding: 'utf8' }).trim()
  return text === 'unlimited' ? Number.POSITIVE_INFINITY : Number(text)
}

/** The server, in a process of its own. */
export class SoakServer implements AsyncDisposable {
  readonly port: number
  readonly #child: ChildProcess
  /** What it wrote to stderr: nothing, if all is well. */
  readonly #complaint: { text: string }

  private constructor(child: ChildProcess, complaint: { text: string }, port: number) {
    this.#child = child
    this.#complaint = complaint
    this.port = port
  }

  static async start(): Promise<SoakServer> {
    const program = fileURLToPath(new URL('server.js', import.meta.url))
    const child = spawn(process.execPath, ['--expose-gc', program], { stdio: ['ignore', 'ignore', 'pipe', 'ipc'] })
    const complaint = { text: '' }
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      if (complaint.text.length < 4_000) complaint.text += text
    })
    const address = await told<string>(child, complaint, 'address')
    return new SoakServer(child, complaint, Number(address.split(':').at(-1)))
  }

  get complaint(): string {
    return this.#complaint.text
  }

  /** How it is, after garbage collection. */
  report(): Promise<Report> {
    const report = told<Report>(this.#child, this.#complaint, 'report')
    this.#child.send('report')
    return report
  }

  /** How it is once nothing is under way but `connections` that are idle. */
  async settled(connections: number): Promise<Report> {
    let last: Report | undefined
    // Each takes some 100 ms, which is what garbage collection takes.
    for (let attempt = 0; attempt < 100; attempt++) {
      last = await this.report()
      if (last.begun === last.ended && last.streaming === 0 && last.connections === connections) return last
    }
    throw new Error(`the server does not come to rest with ${connections} connections: ${JSON.stringify(last)}`)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.exitCode !== null) return
    // Not 'close', which never comes to those who disconnect.
    const gone = once(this.#child, 'exit')
    this.#child.disconnect()
    await gone
  }
}

/** What the process sends under `key`. */
function told<T>(child: ChildProcess, complaint: { text: string }, key: string): Promise<T> {
  return new Promise((resolve, reject) => {
    const take = (message: unknown) => {
      const value: unknown = typeof message === 'object' && message !== null ? Reflect.get(message, key) : undefined
      if (value === undefined) return
      child.off('message', take)
      child.off('exit', lose)
      // server.ts says what it sends.
      resolve(value as T)
    }
    const lose = () => reject(new Error(`the server ended before it told its ${key}: ${complaint.text}`))
    child.on('message', take)
    child.once('exit', lose)
  })
}
