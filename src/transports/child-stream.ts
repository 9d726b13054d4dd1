// A child process as a duplex stream: what is written goes to its stdin, what it writes to its stdout is read.

import { type ChildProcessByStdio, spawn } from 'node:child_process'
import { once } from 'node:events'
import type { Readable, Writable } from 'node:stream'
import { quote, UsageError } from '../errors.ts'
import type { Address } from '../net/address.ts'
import { commandWords } from './command-words.ts'
import { JoinedStreams } from './joined-streams.ts'

/** How long a child may take to end by itself once its stdin is closed; and again once it got SIGTERM, before it gets SIGKILL. */
const PATIENCE_MS = 2_000
/** How long an end of its stdout, or a broken stdin, waits for the exit code, which mostly follows at once. */
const EXIT_MS = 100

const EMPTY = Buffer.alloc(0)

type Child = ChildProcessByStdio<Writable, Readable, null>

/**
 * Starts the command of an address, without a shell. Its stderr is ours.
 *
 * @throws ADDRESS_BAD for no command, ADDRESS_UNREACHABLE where it cannot be started
 */
export async function startChild(address: Address): Promise<ChildStream> {
  const [command = '', ...args] = commandWords(address.rest)
  if (command === '') throw new UsageError('ADDRESS_BAD', `${quote(address.text)} names no command.`)
  try {
    const child = spawn(command, args, { stdio: ['pipe', 'pipe', 'inherit'] })
    await once(child, 'spawn')
    return new ChildStream(child, command)
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? cause.code : undefined
    const why =
      code === 'ENOENT' ? `there is no command ${quote(command)}` : `${quote(command)} cannot be run: ${cause}`
    throw new UsageError('ADDRESS_UNREACHABLE', `cannot connect to ${quote(address.text)}: ${why}.`, { cause })
  }
}

/** See above. It is closed when the child is gone. */
export class ChildStream extends JoinedStreams {
  readonly pid: number | undefined
  readonly #child: Child
  readonly #command: string
  /** Why it breaks, once all that the child wrote is read. */
  #broken: Error | undefined
  #stdoutEnded = false
  #killed = false

  constructor(child: Child, command: string) {
    super(child.stdout, child.stdin)
    this.pid = child.pid
    this.#child = child
    this.#command = command
    child.once('exit', () => this.#exited())
    // It cannot be killed, since it has just ended.
    child.on('error', () => {})
  }

  get #isOver(): boolean {
    return this.#child.exitCode !== null || this.#child.signalCode !== null
  }

  /** The child failed, by its own fault. */
  get #failure(): Error | undefined {
    const { exitCode, signalCode } = this.#child
    if (this.#killed || !this.#isOver || exitCode === 0) return undefined
    const how = exitCode === null ? `was ended by ${signalCode}` : `ended with exit code ${exitCode}`
    return new Error(`${quote(this.#command)} ${how}`)
  }

  protected override sourceEnded(): void {
    this.#stdoutEnded = true
    void this.#untilExit(EXIT_MS).then(() => {
      const failure = this.#failure ?? this.#broken
      if (failure === undefined) super.sourceEnded()
      else this.#break(failure)
    })
  }

  protected override targetBroke(error: Error): void {
    // Its exit code says more.
    void this.#untilExit(EXIT_MS).then(() => this.#break(this.#failure ?? error))
  }

  #exited(): void {
    const failure = this.#failure
    if (failure !== undefined) this.#break(failure)
  }

  /** What a child wrote before it went is read first. */
  #break(error: Error): void {
    this.#broken ??= error
    const holds = !this.#stdoutEnded || this.readableLength > 0
    if (!this.#isOver || !holds) this.destroy(this.#broken)
    // Without an answer to the last _read() there is no other.
    else if (this.#stdoutEnded) this.push(EMPTY)
  }

  override _read(): void {
    if (this.#broken === undefined || !this.#stdoutEnded) super._read()
    else if (this.readableLength === 0) this.destroy(this.#broken)
    else this.push(EMPTY)
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    const isEnded = error === null && this.writableFinished && this.#stdoutEnded
    void this.#reap(isEnded).then(() => super._destroy(error ?? this.#failure ?? null, done))
  }

  /** Waits for the child, at most so long: then it is killed. */
  async #reap(isPatient: boolean): Promise<void> {
    this.target.destroy()
    // A child that waits for somebody to read does not end.
    this.source.removeAllListeners('data').resume()
    if (isPatient) await this.#untilExit(PATIENCE_MS)
    if (this.#isOver) return
    this.#killed = true
    this.#child.kill('SIGTERM')
    await this.#untilExit(PATIENCE_MS)
    if (this.#isOver) return
    this.#child.kill('SIGKILL')
    await this.#untilExit()
  }

  #untilExit(mostMs?: number): Promise<void> {
    return new Promise((resolve) => {
      if (this.#isOver) return resolve()
      const timer = mostMs === undefined ? undefined : setTimeout(resolve, mostMs)
      this.#child.once('exit', () => {
        clearTimeout(timer)
        resolve()
      })
    })
  }
}
