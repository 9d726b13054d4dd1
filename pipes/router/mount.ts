// Mounting: a part that stands below a prefix of the path sees the rest as its path.

import type { Environ } from '../../src/psgi/environ.ts'

/**
 * The environ of what is mounted: a copy, in which `SCRIPT_NAME` has grown by what `PATH_INFO` has lost. Together they are
 * the same as before.
 *
 * Source  PEP 3333, "environ Variables": SCRIPT_NAME does not end in a slash, PATH_INFO is empty or begins with one.
 *
 * @param at where PATH_INFO is cut in two
 * @example mounted(environ, 6).PATH_INFO // '/users' where it was '/admin/users'
 */
export function mounted(environ: Environ, at: number): Environ {
  const { SCRIPT_NAME, PATH_INFO } = environ
  return { ...environ, SCRIPT_NAME: SCRIPT_NAME + PATH_INFO.slice(0, at), PATH_INFO: PATH_INFO.slice(at) }
}
