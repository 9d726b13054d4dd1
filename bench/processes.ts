// Child processes: every one of them is ended when the harness is, whatever ends it.

import { type ChildProcess, spawn } from 'node:child_process'

const running = new Set<ChildProcess>()

/** Most milliseconds for a server to start, or to answer a question. */
const PATIENCE_MS = 15_000
/** Characters to keep of what a server says on stderr. */
const MOST_COMPLAINT = 4_000

/** Starts a process that does not outlive this one. */
export function start(command: readonly string[], stdio: ('ignore' | 'pipe' | 'inherit' | 'ipc')[]): ChildProcess {
  const [file = '', ...args] = command
  const child = spawn(file, args, { stdio, env: { ...process.env, NODE_ENV: 'production' } })
  running.add(child)
  child.once('close', () => running.delete(child))
  return child
}

/** Ends what is still running when this process ends or is interrupted. */
export function endWithUs(): void {
  const kill = () => {
    for (const child of running) child.kill('SIGKILL')
  }
  process.once('exit', kill)
  for (const [signal, code] of [
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const) {
    process.once(signal, () => {
      kill()
      process.exit(code)
    })
  }
}

/** What a process prints to stdout, once it has ended well. */
export function output(command: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = start(command, ['ignore', 'pipe', 'inherit'])
    let text = ''
    child.stdout?.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk
    })
    child.once('error', reject)
    child.once('close', (code, signal) => {
      if (code === 0) resolve(text)
      else reject(new Error(`${command.join(' ')} ended with ${signal ?? code}: ${text}`))
    })
  })
}

/** A server process with the probe in it. */
export class ServerProcess {
  readonly port: number
  readonly #child: ChildProcess

  private constructor(child: ChildProcess, port: number) {
    this.#child = child
    this.port = port
  }

  /** Starts a server. Resolves when it listens. */
  static async start(command: readonly string[]): Promise<ServerProcess> {
    const child = start(command, ['ignore', 'ignore', 'pipe', 'ipc'])
    // Some complain of every connection that wrk leaves behind; what they say counts only where they do not start.
    let complaint = ''
    child.stderr?.setEncoding('utf8').on('data', (chunk: string) => {
      if (complaint.length < MOST_COMPLAINT) complaint += chunk
    })
    try {
      return new ServerProcess(child, await answer(child, 'port'))
    } catch (cause) {
      throw new Error(`${String(cause)}\n${complaint}`, { cause })
    }
  }

  /** Microseconds of CPU that it has used, user and system. */
  cpu(): Promise<number> {
    const cpu = answer(this.#child, 'cpu')
    this.#child.send('cpu')
    return cpu
  }

  /** Bytes that it holds after garbage collection: resident, and of the JavaScript heap with what hangs on it. */
  async memory(): Promise<{ rss: number; heap: number }> {
    const rss = answer(this.#child, 'rss')
    const heap = answer(this.#child, 'heap')
    this.#child.send('memory')
    return { rss: await rss, heap: await heap }
  }

  /** Ends it. Resolves when it is gone. */
  stop(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return Promise.resolve()
    return new Promise((resolve) => {
      this.#child.once('close', () => resolve())
      this.#child.kill('SIGKILL')
    })
  }
}

/** The number that the process sends under `key`. */
function answer(child: ChildProcess, key: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const settle = (done: () => void) => {
      clearTimeout(timer)
      child.removeListener('message', take)
      child.removeListener('exit', lose)
      child.removeListener('error', fail)
      done()
    }
    const take = (message: unknown) => {
      const value: unknown = typeof message === 'object' && message !== null ? Reflect.get(message, key) : undefined
      if (typeof value === 'number') settle(() => resolve(value))
    }
    const fail = (error: Error) => settle(() => reject(error))
    const lose = () => fail(new Error(`${child.spawnargs.join(' ')} ended before it told its ${key}`))
    const timer = setTimeout(
      () => fail(new Error(`${child.spawnargs.join(' ')} did not tell its ${key} in ${PATIENCE_MS} ms`)),
      PATIENCE_MS,
    )
    child.on('message', take)
    child.once('exit', lose)
    child.once('error', fail)
  })
}
