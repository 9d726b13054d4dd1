// Fuzzes at length: `npm run fuzz -- --cases N --seed S`. What fails goes into the corpus, as small as it can be made.

import { createHash } from 'node:crypto'
import { parseArgs } from 'node:util'
import { Campaign } from './campaign.ts'
import { keepCase, printCase, readCorpus } from './case-file.ts'
import { Random } from './random.ts'
import { told } from './report.ts'
import { shrunk } from './shrink.ts'

/** Cases between two lines of the report. */
const STEP = 10_000
/** Findings of one kind that are kept: more would say the same. */
const MOST_OF_A_KIND = 3

const { values } = parseArgs({ options: { cases: { type: 'string' }, seed: { type: 'string' } } })
const cases = wholeNumber('cases', values.cases, 100_000)
const seed = wholeNumber('seed', values.seed, Date.now() % 1_000_000)

await using campaign = await Campaign.start()
const seeds = readCorpus().map(([, pieces]) => pieces.join(''))
const random = new Random(seed)
const kinds = new Map<string, number>()
console.log(`${cases} cases, seed ${seed}, ${seeds.length} files in the corpus`)
for (let done = 0; done < cases; done += STEP) {
  const found = await campaign.run(random, Math.min(STEP, cases - done), seeds)
  for (const finding of found) {
    const count = (kinds.get(finding.kind) ?? 0) + 1
    kinds.set(finding.kind, count)
    if (count > MOST_OF_A_KIND) continue
    const smallest = await shrunk(campaign, finding)
    const hash = createHash('sha1').update(printCase(smallest.pieces)).digest('hex').slice(0, 8)
    const path = keepCase(`found-${finding.kind.replace(/\W+/g, '-').slice(0, 40)}-${hash}`, smallest.pieces)
    console.log(`\n${path}\n${told(smallest)}`)
  }
  const { requests, refusedByUs, refusedByBoth } = campaign.tally
  console.log(
    `${Math.min(done + STEP, cases)} cases: ${requests} requests read; refused ${refusedByUs}, by llhttp too ${refusedByBoth}; found ${JSON.stringify(Object.fromEntries(kinds))}`,
  )
}
console.log('deliberate differences:', JSON.stringify(campaign.tally.deliberate))
for (const fault of campaign.faults) console.log('our server failed:', fault)
process.exitCode = kinds.size > 0 || campaign.faults.length > 0 ? 1 : 0

function wholeNumber(name: string, text: string | undefined, otherwise: number): number {
  if (text === undefined) return otherwise
  if (/^\d{1,9}$/.test(text)) return Number(text)
  console.error(`--${name} takes a whole number, not ${JSON.stringify(text)}`)
  process.exit(2)
}
