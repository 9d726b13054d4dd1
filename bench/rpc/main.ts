// npm run bench:rpc: ours and the peers in turn on the same call, and what it costs servers and clients.

import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { attempt, complain, say } from '../attempt.ts'
import { installPeers, ROOT } from '../peers.ts'
import { endWithUs } from '../processes.ts'
import { place } from '../table.ts'
import { type Measured, measureClients, measureServers } from './measure.ts'
import { HELP, type RpcOptions, readRpcOptions } from './options.ts'
import { FOLDER, PEERS } from './peers.ts'
import { COMMAND, type RpcResults, rpcReport } from './report.ts'
import { TRANSPORTS } from './work.ts'

const PAGE = join(ROOT, 'docs/performance.md')

async function run(options: RpcOptions): Promise<RpcResults> {
  const peers = PEERS.filter(({ name }) => options.peers.has(name))
  if (peers.some(({ installed }) => installed)) installPeers(say, FOLDER)
  const servers: Measured[] = []
  const clients: Measured[] = []
  for (const transport of TRANSPORTS.filter((name) => options.on.has(name))) {
    const { only } = options
    say(`servers, ${transport}`)
    servers.push(...((await attempt(only.has('servers'), () => measureServers(transport, peers, options, say))) ?? []))
    say(`clients, ${transport}`)
    clients.push(
      ...((await attempt(only.has('clients'), () => measureClients(transport, peers, PEERS, options, say))) ?? []),
    )
  }
  return { peers, servers, clients }
}

async function main(args: readonly string[]): Promise<void> {
  const options = readRpcOptions(args)
  if (options.help) {
    console.log(HELP)
    return
  }
  endWithUs()
  const text = rpcReport(await run(options), options, args)
  console.log(text)
  if (!options.write) return
  writeFileSync(PAGE, place(existsSync(PAGE) ? readFileSync(PAGE, 'utf8') : '# Performance\n', text, COMMAND))
}

try {
  await main(process.argv.slice(2))
} catch (error) {
  complain(error)
}
