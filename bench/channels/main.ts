// npm run bench:channels: what it costs to tell a thousand subscribers of an event: ours and the peers in turn.

import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { complain, say } from '../attempt.ts'
import { installPeers, ROOT } from '../peers.ts'
import { endWithUs } from '../processes.ts'
import { place } from '../table.ts'
import { measureFanOut } from './measure.ts'
import { HELP, readFanOutOptions } from './options.ts'
import { FOLDER, PEERS } from './peers.ts'
import { COMMAND, fanOutReport } from './report.ts'

const PAGE = join(ROOT, 'docs/performance.md')

async function main(args: readonly string[]): Promise<void> {
  const options = readFanOutOptions(args)
  if (options.help) {
    console.log(HELP)
    return
  }
  endWithUs()
  installPeers(say, FOLDER)
  const peers = PEERS.filter(({ name }) => options.peers.has(name))
  const measured = await measureFanOut([...options.bursts].map(Number), peers, options, say)
  const text = fanOutReport(peers, measured, options, args)
  console.log(text)
  if (!options.write) return
  writeFileSync(PAGE, place(existsSync(PAGE) ? readFileSync(PAGE, 'utf8') : '# Performance\n', text, COMMAND))
}

try {
  await main(process.argv.slice(2))
} catch (error) {
  complain(error)
}
