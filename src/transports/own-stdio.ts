// The process' own stdin and stdout as one connection. Once that is asked for, fd 1 is the connection's, for good: whatever else is
// printed in this process goes to stderr.

import { createWriteStream, fstatSync } from 'node:fs'
import { Socket } from 'node:net'
import type { Writable } from 'node:stream'
import { isatty, WriteStream } from 'node:tty'
import { UsageError } from '../errors.ts'
import type { Address } from '../net/address.ts'
import { JoinedStreams } from './joined-streams.ts'

const STDOUT = 1

let redirected: Promise<void> | undefined
let taken = false

/**
 * Sends to stderr what the process prints to stdout from now on: by `console.log`, or by `process.stdout`. What is written to fd 1
 * past these (`fs.writeSync(1)`, a child that inherits it) is not seen.
 *
 * @returns resolves when what was printed before is out
 */
export function redirectStdout(): Promise<void> {
  redirected ??= redirect()
  return redirected
}

function redirect(): Promise<void> {
  const { stdout, stderr } = process
  // Asked for as long as it is still stdout's own.
  const flushed = new Promise<void>((resolve) => {
    if (stdout.writableLength === 0) resolve()
    // A turn later: until then the loop still watches fd 1 for it, and lets nobody else open it (EEXIST).
    else stdout.write('', () => setImmediate(resolve))
  })
  // A reader that is gone is met again, and told of, by the connection.
  stdout.on('error', () => {})
  stdout.write = stderr.write.bind(stderr)
  // It would end the connection.
  Object.defineProperty(stdout, 'end', { value: endNothing, configurable: true, writable: true })
  return flushed
}

/** As the `end` of a stream, but for the end. */
function endNothing(this: NodeJS.WriteStream, ...args: unknown[]): NodeJS.WriteStream {
  const [chunk] = args
  if (typeof chunk === 'string' || chunk instanceof Uint8Array) this.write(chunk)
  const done = args.at(-1)
  if (typeof done === 'function') process.nextTick(() => done())
  return this
}

/**
 * Takes stdin and stdout, once.
 *
 * @throws PORT_TAKEN the second time
 */
export async function takeStdio(address: Address, verb: 'listen on' | 'connect to'): Promise<JoinedStreams> {
  if (taken) {
    throw new UsageError('PORT_TAKEN', `cannot ${verb} ${address.text}: this process has used its stdin and stdout.`)
  }
  taken = true
  await redirectStdout()
  return new JoinedStreams(process.stdin, openStdout())
}

/** A stream of our own on fd 1: others may have ended, or filled, that of the process. */
function openStdout(): Writable {
  if (isatty(STDOUT)) return new WriteStream(STDOUT)
  const kind = fstatSync(STDOUT)
  if (kind.isFIFO() || kind.isSocket()) return new Socket({ fd: STDOUT, readable: false, writable: true })
  return createWriteStream('', { fd: STDOUT, autoClose: false })
}
