// npm run bench: ours and the peers in turn on the same work, and what each costs.

import { readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { COSTS } from './costs.ts'
import { measure, measureAllIdle, measureCosts } from './measure.ts'
import { HELP, type Options, readOptions } from './options.ts'
import { BASE, bunBinary, installPeers, OURS, PEERS, type Peer, ROOT } from './peers.ts'
import { endWithUs, output } from './processes.ts'
import { type Results, report } from './report.ts'
import { place } from './table.ts'
import { WORKS } from './works.ts'
import { hasWrk } from './wrk.ts'

const BUILT = dirname(fileURLToPath(import.meta.url))
const PAGE = join(ROOT, 'docs/performance.md')

const say = (line: string) => console.error(line)

function chosenPeers({ peers }: Options): Peer[] {
  const wanted = PEERS.filter(({ name }) => peers.has(name))
  if (wanted.some(({ name }) => name !== OURS && name !== BASE)) installPeers(say)
  if (!peers.has('bun') || bunBinary() !== undefined) return wanted
  say('bench: no bun for this machine in bench/node_modules, so Bun.serve is left out')
  return wanted.filter(({ name }) => name !== 'bun')
}

async function run(options: Options): Promise<Results> {
  const peers = chosenPeers(options)
  const { only } = options
  const works: Results['works'][number][] = []
  for (const work of WORKS.filter(({ letter }) => only.has(letter))) {
    say(`${work.letter} ${work.title}`)
    works.push({ work, rounds: await measure(work, peers, options, say) })
  }
  const names = COSTS.map(({ name }) => name)
  const idle: Results['idle'] = only.has('i') ? await measureAllIdle(peers, options, say) : new Map()
  const costs = only.has('costs') ? await measureCosts(names, join(BUILT, 'cost.js'), options, say) : new Map()
  const types = only.has('types') ? await output([process.execPath, join(BUILT, 'types.js')]) : ''
  return { peers, works, idle, costs, types }
}

async function main(args: readonly string[]): Promise<void> {
  const options = readOptions(args)
  if (options.help) {
    console.log(HELP)
    return
  }
  if (!hasWrk()) throw new Error('wrk is not installed. On Debian and Ubuntu: apt-get install wrk')
  endWithUs()
  const text = report(await run(options), options, args)
  console.log(text)
  if (options.write) writeFileSync(PAGE, place(readFileSync(PAGE, 'utf8'), text))
}

try {
  await main(process.argv.slice(2))
} catch (error) {
  console.error(`bench: ${error instanceof Error ? error.message : String(error)}`)
  process.exitCode = 1
}
