// Says what was found, so that a human sees the bytes and both readings of them.

import type { Finding } from './campaign.ts'
import { printCase } from './case-file.ts'
import type { Reading } from './reading.ts'

/** A finding as text. */
export function told({ kind, pieces, difference, readings: [ours, other] }: Finding): string {
  const where = difference === undefined ? '' : ` (request ${difference.at})`
  return [
    `${kind}${where}`,
    printCase(pieces).trimEnd().replace(/^/gm, '  '),
    `ours:   ${reading(ours)}`,
    `${difference === undefined ? 'whole: ' : 'llhttp:'} ${reading(other)}`,
  ].join('\n')
}

function reading(found: Reading | undefined): string {
  if (found === undefined) return '-'
  const { requests, end, why } = found
  return `${end} ${why}${requests.map((request) => `\n    ${JSON.stringify(request)}`).join('')}`
}
