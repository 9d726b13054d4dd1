// files: the files of a folder, by the path of the request.

import { realpath, stat } from 'node:fs/promises'
import { resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { UsageError } from '../src/errors.ts'
import type { Pipe } from '../src/pipe.ts'
import { answerNotAllowed, answerNotFound } from '../src/psgi/answer.ts'
import type { Environ } from '../src/psgi/environ.ts'
import { allowLine } from '../src/psgi/methods.ts'
import { describe, isObject } from '../src/psgi/pairs.ts'
import type { PsgiResponse } from '../src/psgi/response.ts'
import { answer, cacheLines, forbidSniffing } from './files/answer.ts'
import { findFile, isServableName } from './files/find.ts'
import { locationOf } from './files/location.ts'
import { sendFile } from './files/send.ts'

/** Options of {@link files}. */
export interface FilesOptions {
  /** The name of the file that answers for a folder, default `'index.html'`. Where it is not there, the folder is a 404. */
  readonly index?: string
  /**
   * Seconds for which a file may be taken from a cache without asking, default 0: asked for each time, and answered 304 where it is
   * the same. Given, it also replaces a `Cache-Control` that a pipe above has set; not given, that one stays.
   */
  readonly maxAgeSec?: number
}

/** What files() looks at. */
interface Asked {
  readonly environ: Environ
  readonly response: PsgiResponse
}

/**
 * Serves the files of a folder. The rest of the stack is not entered.
 *
 * The path is `PATH_INFO`: below a mount (`/static/**`) that is the rest of the path, elsewhere the whole. It is taken exactly: no
 * file is found by a path with an empty segment, a backslash, a NUL or a name that begins with a dot, so none by `..` either. A
 * symbolic link is followed where it leads to something within the folder.
 *
 * Needs   `environ` and `response`.
 * Adds    nothing.
 * Sends   the file, with a type by its name (text as UTF-8), `X-Content-Type-Options: nosniff`, `ETag`, `Last-Modified` and
 *         `Cache-Control`. 206 or 416 to a single range; several are ignored. 304 and 412 to conditions. 301 to a folder's path
 *         without a slash at the end. 404 to what is not there and to what is no plain file, 403 to what may not be read. OPTIONS is
 *         answered 204, and methods other than GET and HEAD 405, with `Allow`.
 * Fails   UsageError OPTION_BAD, when it is built, for an option out of its range, and in `open` for a folder that is none. Whatever
 *         else goes wrong with a file (EMFILE, EIO) is the flow's error.
 * Place   below http(), usually as a route of router().
 * Source  RFC 9110 §8.8 (validators), §13 (conditions), §14 (ranges).
 *
 * @param folder a path, relative to the current folder when it is built, or a `file:` URL; links in it are resolved in `open`
 * @throws UsageError OPTION_BAD
 * @example stack(http(), router({ '/': home, '/static/**': files('public', { maxAgeSec: 3600 }) }))
 * @example files(new URL('../public/', import.meta.url))
 */
export function files(folder: string | URL, options: FilesOptions = {}): Pipe<Asked, {}> {
  const path = checkFolder(folder)
  const { index = 'index.html', maxAgeSec } = check(options)
  let root = path
  return {
    name: 'files',
    needs: ['environ', 'response'],
    async open() {
      root = await openFolder(path)
    },
    async through(bag) {
      const { environ, response } = bag
      const { REQUEST_METHOD: method, PATH_INFO: value } = environ
      forbidSniffing(response)
      if (method !== 'GET' && method !== 'HEAD') {
        answerNotAllowed(response, method, ALLOW, { pipe: 'files', value })
        return
      }
      const found = await findFile(root, value, index)
      if (found === 'missing') answerNotFound(response, { pipe: 'files', value })
      else if (found === 'forbidden') answer(response, '403 Forbidden', [])
      else if (found === 'folder') {
        const lines = [['Location', locationOf(environ)] as const, ...cacheLines(response, maxAgeSec)]
        answer(response, '301 Moved Permanently', lines)
      } else await sendFile(bag, found, maxAgeSec)
    },
  }
}

const ALLOW = allowLine(['GET'])

/** The folder's own path, with no link in it. */
async function openFolder(path: string): Promise<string> {
  try {
    const root = await realpath(path)
    if ((await stat(root)).isDirectory()) return root
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause)
    throw refuse(`files() cannot open its folder ${JSON.stringify(path)}: ${why}. Make it, or name another.`, cause)
  }
  throw refuse(`files() got ${JSON.stringify(path)}, which is not a folder. Name the folder that its files are in.`)
}

function checkFolder(folder: unknown): string {
  if (typeof folder === 'string' && folder !== '' && !folder.includes('\0')) return resolve(folder)
  if (!(folder instanceof URL)) throw notFolder(folder === '' ? 'an empty path' : describe(folder))
  try {
    return fileURLToPath(folder)
  } catch (cause) {
    throw notFolder(`the URL ${folder.href}`, cause)
  }
}

function notFolder(found: string, cause?: unknown): UsageError {
  return refuse(`files() takes the path of a folder, or its file: URL, not ${found}.`, cause)
}

function check(options: FilesOptions): FilesOptions {
  if (!isObject(options)) throw refuse(`files() takes its options as an object, not ${describe(options)}.`)
  for (const name of Object.keys(options)) {
    if (name === 'index' || name === 'maxAgeSec') continue
    throw refuse(`files() has no option ${JSON.stringify(name)}. There are: index, maxAgeSec.`)
  }
  const { index, maxAgeSec } = options
  if (index !== undefined && !(typeof index === 'string' && isServableName(index))) {
    const found = typeof index === 'string' ? JSON.stringify(index) : describe(index)
    throw refuse(
      `files() takes the name of a file as index, without slashes and not beginning with a dot, not ${found}.`,
    )
  }
  if (maxAgeSec !== undefined && !(Number.isSafeInteger(maxAgeSec) && maxAgeSec >= 0)) {
    throw refuse(`files() takes a whole number of seconds, 0 or more, as maxAgeSec, not ${String(maxAgeSec)}.`)
  }
  return options
}

function refuse(message: string, cause?: unknown): UsageError {
  return new UsageError('OPTION_BAD', message, { pipe: 'files', cause })
}
