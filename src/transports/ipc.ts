// ipc://run/app.sock?mode=0770 and ipc:///run/app.sock — Unix sockets, by relative or absolute path.

import { chmod, lstat, unlink } from 'node:fs/promises'
import { createConnection } from 'node:net'
import { dirname } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { quote, UsageError } from '../errors.ts'
import { type Address, onlyParameters } from '../net/address.ts'
import type { Transport } from '../net/transport.ts'
import { BACKLOG, bind, dial, stop } from './sockets.ts'

/** Longest path that fits into sockaddr_un on Linux (108 bytes with its NUL); node:net cuts longer ones off without a word. */
const MAX_PATH_BYTES = 107
/** How long to try again where too many wait to be accepted, and how long to wait in between, in milliseconds. */
const BUSY_MS = 10_000
const BUSY_PAUSE_MS = 5

/** The transport of `ipc://`. A stale socket file is replaced, a live one is refused. */
export const ipc: Transport = {
  async listen(address, accept) {
    onlyParameters(address, ['mode'])
    const path = pathOf(address)
    const mode = modeOf(address)
    await makeWay(address, path)
    const server = await bind(
      address,
      { path, backlog: BACKLOG },
      () => ({ remote: `ipc://${path}`, local: `ipc://${path}` }),
      accept,
    )
    if (mode !== undefined) await chmod(path, mode)
    // node:net removes the file when the server closes.
    return { address: `ipc://${path}`, stop: () => stop(server) }
  },

  async connect(address, { signal }) {
    onlyParameters(address, ['mode'])
    const path = pathOf(address)
    const ends = { remote: `ipc://${path}`, local: `ipc://${path}` }
    const until = performance.now() + BUSY_MS
    for (;;) {
      try {
        return await dial(address, { path }, () => ends, signal)
      } catch (error) {
        if (!isBusy(error) || performance.now() > until) throw error
        await setTimeout(BUSY_PAUSE_MS)
      }
    }
  },
}

/** Whether too many wait to be accepted: a Unix socket refuses then, where TCP waits. */
function isBusy(error: unknown): boolean {
  const cause: unknown = error instanceof UsageError ? error.cause : undefined
  return cause instanceof Error && 'code' in cause && cause.code === 'EAGAIN'
}

function pathOf(address: Address): string {
  let path: string
  try {
    path = decodeURIComponent(address.rest)
  } catch (cause) {
    throw new UsageError('ADDRESS_BAD', `${quote(address.text)} holds a broken percent escape.`, { cause })
  }
  const bytes = Buffer.byteLength(path)
  if (path === '' || path.endsWith('/') || path.includes('\0')) {
    throw new UsageError(
      'ADDRESS_BAD',
      `${quote(address.text)} names no file. Write ipc://run/app.sock or ipc:///run/app.sock.`,
    )
  }
  if (bytes > MAX_PATH_BYTES) {
    throw new UsageError(
      'ADDRESS_BAD',
      `the path of ${quote(address.text)} is ${bytes} bytes long; a Unix socket's may be ${MAX_PATH_BYTES}.`,
    )
  }
  return path
}

function modeOf(address: Address): number | undefined {
  const mode = address.query.get('mode')
  if (mode === null) return undefined
  if (!/^0?[0-7]{3}$/.test(mode)) {
    throw new UsageError(
      'ADDRESS_BAD',
      `${quote(address.text)} has mode ${quote(mode)}; it is three octal digits, like 0770.`,
    )
  }
  return Number.parseInt(mode, 8)
}

/** Removes a socket file that nobody listens on. */
async function makeWay(address: Address, path: string): Promise<void> {
  const found = await lstat(path).catch((error: NodeJS.ErrnoException) => error)
  if (found instanceof Error) {
    if (found.code !== 'ENOENT' && found.code !== 'ENOTDIR') throw unreachable(address, found.message, found)
    const folder = dirname(path)
    const parent = await lstat(folder).catch(() => undefined)
    if (parent === undefined) throw unreachable(address, `there is no folder ${folder}`, found)
    return
  }
  if (!found.isSocket()) throw unreachable(address, `${path} exists and is no socket`)
  if (await isLive(path)) {
    throw new UsageError('PATH_IN_USE', `cannot listen on ${address.text}: another process listens on it.`)
  }
  await unlink(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT')
      throw unreachable(address, `the stale ${path} cannot be removed: ${error.message}`, error)
  })
}

function isLive(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createConnection({ path })
    socket.once('connect', () => {
      socket.destroy()
      resolve(true)
    })
    // Anything but a refusal (EACCES, EAGAIN of a full backlog) means that somebody may be there.
    socket.once('error', (error: NodeJS.ErrnoException) =>
      resolve(error.code !== 'ECONNREFUSED' && error.code !== 'ENOENT'),
    )
  })
}

function unreachable(address: Address, why: string, cause?: Error): UsageError {
  return new UsageError('ADDRESS_UNREACHABLE', `cannot listen on ${address.text}: ${why}.`, { cause })
}
