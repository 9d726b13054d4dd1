// The Content-Type of a file, by its name.

import { extname } from 'node:path'
import { charset, lookup } from 'mime-types'

// They are MPEG transport streams to the registry. Here they are what a server of sources has.
const TYPESCRIPT = /^\.(?:[cm]?ts|tsx)$/i

/**
 * The type of a file: by the registry, `text/plain` for TypeScript, `application/octet-stream` for what is unknown. What the
 * registry calls textual is said to be UTF-8; XML says its charset itself.
 *
 * @example contentType('a.html') // 'text/html; charset=utf-8'
 */
export function contentType(name: string): string {
  const extension = extname(name)
  if (TYPESCRIPT.test(extension)) return 'text/plain; charset=utf-8'
  // A name without a dot would be looked up as if it were an extension.
  const type = extension === '' ? false : lookup(extension)
  if (type === false) return 'application/octet-stream'
  return charset(type) === false ? type : `${type}; charset=utf-8`
}
