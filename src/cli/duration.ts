// A time on the command line.

import { quote, UsageError } from '../errors.ts'

const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000 }
/** A day. setTimeout() takes 24 of them, and fires at once for more. */
const MOST_MS = 86_400_000

/**
 * Reads a time: a number and its unit, `ms` where there is none.
 *
 * @param option whose it is, for the message
 * @throws UsageError OPTION_BAD
 * @example milliseconds('--grace', '5s') // 5000
 */
export function milliseconds(option: string, text: string): number {
  const match = /^(\d{1,10}(?:\.\d{1,3})?)(ms|s|m)?$/.exec(text)
  const ms = Math.round(Number(match?.[1]) * (UNITS[match?.[2] ?? 'ms'] ?? 1))
  if (ms <= MOST_MS) return ms
  throw new UsageError(
    'OPTION_BAD',
    `${option} is ${quote(text)}; it is a time like 5s, 500ms or 2m, of at most a day.`,
  )
}
