// From the path of a request to an open file, and never to one outside the folder.

import { constants } from 'node:fs'
import { type FileHandle, lstat, open, realpath } from 'node:fs/promises'
import { join, sep } from 'node:path'
import type { Version } from './validators.ts'

/** A plain file, open for reading. Whoever gets it closes it. */
export interface OpenFile extends Version {
  readonly handle: FileHandle
  /** The name that it was asked by, which is not that of a link's target. */
  readonly name: string
}

/** What a path leads to. `folder`: one that was asked for without a slash at the end. */
export type Found = OpenFile | 'folder' | 'missing' | 'forbidden'

// A backslash separates names on Windows, and proxies take it for a slash; a NUL ends a path in C.
const SERVABLE = /^[^./\\\0][^/\\\0]*$/

/** Whether a file of that name is served: not `..`, not `.env`, nothing that could be taken for two names. */
export function isServableName(name: string): boolean {
  return SERVABLE.test(name)
}

/**
 * The names that a path is made of, from the folder down; undefined where no file can be meant by it. The path is decoded already:
 * decoding again would make `..` of what was sent as `%252e%252e`.
 *
 * @example namesOf('/css/site.css') // ['css', 'site.css']
 */
export function namesOf(path: string): string[] | undefined {
  const [first, ...names] = path.split('/')
  if (first !== '') return undefined
  if (names.at(-1) === '') names.pop()
  return names.every(isServableName) ? names : undefined
}

/**
 * Opens the file that a path means.
 *
 * @param root the folder, absolute and with no link in it
 * @param path empty, or beginning with a slash; decoded
 * @param index the name of the file that answers for a folder
 * @throws what the file system says, unless it means that there is no such file or that it may not be read
 */
export async function findFile(root: string, path: string, index: string): Promise<Found> {
  const names = namesOf(path)
  if (names === undefined) return 'missing'
  const slashed = path.endsWith('/')
  if (slashed) names.push(index)
  try {
    const real = await realpath(join(root, ...names))
    if (!isInside(root, real)) return 'missing'
    // Not opened before this is known: a FIFO would wait for its writer, and some devices do something when they are opened.
    const stats = await lstat(real)
    if (stats.isDirectory()) return slashed ? 'missing' : 'folder'
    if (!stats.isFile()) return 'missing'
    return await openFile(real, names.at(-1) ?? '')
  } catch (error) {
    const verdict = verdictOf(error)
    if (verdict === undefined) throw error
    return verdict
  }
}

/** Only the whole name counts: `/srv/public-keys` is not inside `/srv/public`. What begins with dots may be (`..data`). */
export function isInside(root: string, real: string): boolean {
  return real === root || real.startsWith(root.endsWith(sep) ? root : root + sep)
}

// Another file may have taken the place of the one that was looked at: a link is not followed, a FIFO not waited for, and what
// was opened is looked at again. Windows has neither flag, nor what they are for.
const FLAGS = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0)

async function openFile(real: string, name: string): Promise<OpenFile | 'missing'> {
  const handle = await open(real, FLAGS)
  let kept = false
  try {
    const stats = await handle.stat({ bigint: true })
    if (!stats.isFile()) return 'missing'
    kept = true
    return { handle, name, size: Number(stats.size), mtimeNs: stats.mtimeNs }
  } finally {
    if (!kept) await handle.close()
  }
}

// ELOOP: links that lead in a circle. ENXIO: a socket that took the place of a file. EILSEQ: a name that the disk cannot hold.
const MISSING: ReadonlySet<unknown> = new Set(['ENOENT', 'ENOTDIR', 'ENAMETOOLONG', 'ELOOP', 'ENXIO', 'EILSEQ'])
const FORBIDDEN: ReadonlySet<unknown> = new Set(['EACCES', 'EPERM'])

/** What an error of the file system says about the file; undefined where it says something about the server. */
export function verdictOf(error: unknown): 'missing' | 'forbidden' | undefined {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  if (MISSING.has(code)) return 'missing'
  return FORBIDDEN.has(code) ? 'forbidden' : undefined
}
