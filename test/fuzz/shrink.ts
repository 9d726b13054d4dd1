// Makes a failing case smaller, as long as it fails in the same way.

import type { Campaign, Finding } from './campaign.ts'
import type { Pieces } from './case-file.ts'

/** Most attempts: a case has a few thousand bytes at most. */
const MOST_ATTEMPTS = 4_000

/** The smallest case of the same kind that can be found by leaving out pieces, lines and bytes. */
export async function shrunk(campaign: Campaign, finding: Finding): Promise<Finding> {
  let best = finding
  let attempts = 0
  const keepIfSame = async (pieces: Pieces): Promise<boolean> => {
    if (attempts++ > MOST_ATTEMPTS) return false
    const [found] = await campaign.judge([pieces.filter((piece) => piece !== '')])
    if (found?.kind !== finding.kind) return false
    best = found
    return true
  }
  await keepIfSame([best.pieces.join('')])
  for (let index = 0; index < best.pieces.length - 1; ) {
    const { pieces } = best
    const joined = [...pieces.slice(0, index), `${pieces[index]}${pieces[index + 1]}`, ...pieces.slice(index + 2)]
    if (!(await keepIfSame(joined))) index++
  }
  // Lines first, then bytes: the last ones first, so that what is left out does not move what is still to be tried.
  for (const pattern of [/(?<=\n)/, '']) {
    for (let index = best.pieces.length - 1; index >= 0; index--) {
      const parts = (best.pieces[index] ?? '').split(pattern)
      for (let at = parts.length - 1; at >= 0; at--) {
        const fewer = parts.filter((_, each) => each !== at)
        if (await keepIfSame(best.pieces.map((piece, each) => (each === index ? fewer.join('') : piece)))) {
          parts.splice(at, 1)
        }
      }
    }
  }
  return best
}
