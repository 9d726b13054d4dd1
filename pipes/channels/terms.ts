// What the options of channels() and of its client have in common.

import { UsageError } from '../../src/errors.ts'

/**
 * Checks the names of options, and those that are counts.
 *
 * @throws UsageError OPTION_BAD
 */
export function checkOptions(pipe: string, options: object, names: readonly string[], counts: readonly string[]): void {
  for (const [name, value] of Object.entries(options)) {
    if (!names.includes(name)) {
      throw bad(pipe, `has no option ${JSON.stringify(name)}. There are: ${names.join(', ')}`)
    }
    if (value === undefined || !counts.includes(name) || (Number.isSafeInteger(value) && value > 0)) continue
    throw bad(pipe, `takes a whole number above 0 as ${name}, not ${String(value)}`)
  }
}

function bad(pipe: string, what: string): UsageError {
  return new UsageError('OPTION_BAD', `${pipe}() ${what}.`, { pipe })
}
