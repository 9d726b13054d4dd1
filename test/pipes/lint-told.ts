// What the tests of lint() read: the numbers of the rules that were broken, and the pipes that are named.

import { UsageError } from '../../src/index.ts'

/** In order. Other errors as text. */
export function told(errors: readonly unknown[]): string[] {
  return errors.map((error) => {
    if (!(error instanceof UsageError) || error.code !== 'LINT') return String(error)
    return `${/^lint ([A-Z]\d+): /.exec(error.message)?.[1]} ${error.pipe}`
  })
}
