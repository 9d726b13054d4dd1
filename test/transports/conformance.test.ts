import { fileURLToPath } from 'node:url'
import { Certificates, tlsAddress, withoutOpenssl } from '../certificate.ts'
import { freshName, serve } from '../wire.ts'
import { type Candidate, conformance, type Place } from './conformance.ts'
import { SERVERS, type ServerName } from './conformance-servers.ts'
import { freshPath } from './socket-path.ts'

/** Serves in this process. */
async function here(server: ServerName, address: string, more = ''): Promise<Place> {
  const served = await serve(SERVERS[server], address)
  return {
    address: served.address + more,
    close: () => served.listener.close({ graceMs: 60_000 }),
    [Symbol.asyncDispose]: () => served[Symbol.asyncDispose](),
  }
}

let files: Certificates | undefined
const CHILD = fileURLToPath(new URL('conformance-child.js', import.meta.url))

const candidates: Record<string, Candidate> = {
  'tcp://': { open: (server) => here(server, 'tcp://127.0.0.1:0') },
  'ipc://': { open: (server) => here(server, `ipc://${freshPath()}`) },
  'memory://': { open: (server) => here(server, freshName()) },
  'tls://': {
    open(server) {
      if (files === undefined) {
        const made = new Certificates()
        files = made
        process.once('exit', () => made[Symbol.dispose]())
      }
      return here(server, tlsAddress(files.issue('server')), `?ca=${files.authority.cert}`)
    },
    skip: withoutOpenssl(),
    // A handshake each.
    connections: 200,
  },
  'stdio:': {
    open: async (server) => ({
      address: `stdio:'${process.execPath}' '${CHILD}' ${server}`,
      [Symbol.asyncDispose]: async () => {},
    }),
    // A process each.
    connections: 5,
  },
}

for (const [name, candidate] of Object.entries(candidates)) conformance(name, candidate)
