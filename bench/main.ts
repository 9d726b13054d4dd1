// npm run bench: ours and the peers in turn on the same work, and what each costs.

import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { attempt, complain, say } from './attempt.ts'
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
    const rounds = await attempt(true, () => measure(work, peers, options, say))
    if (rounds !== undefined) works.push({ work, rounds })
  }
  const names = COSTS.map(({ name }) => name)
  const idle = await attempt(only.has('i'), () => measureAllIdle(peers, options, say))
  const costs = await attempt(only.has('costs'), () => measureCosts(names, join(BUILT, 'cost.js'), options, say))
  const types = await attempt(only.has('types'), () => output([process.execPath, join(BUILT, 'types.js')]))
  return { peers, works, idle: idle ?? new Map(), costs: costs ?? new Map(), types: types ?? '' }
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
  if (!options.write) return
  writeFileSync(PAGE, place(existsSync(PAGE) ? readFileSync(PAGE, 'utf8') : '# Performance\n', text))
}

try {
  await main(process.argv.slice(2))
} catch (error) {
  complain(error)
}
