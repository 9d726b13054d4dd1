// stdio: and stdio:node worker.js — the process' own stdin and stdout, and those of a child.

import { UsageError } from '../errors.ts'
import type { Address } from '../net/address.ts'
import { StreamConnection } from '../net/stream-connection.ts'
import type { Transport } from '../net/transport.ts'
import { startChild } from './child-stream.ts'
import { takeStdio } from './own-stdio.ts'

/**
 * The transport of `stdio:`.
 *
 * listen     one connection, over stdin and stdout. It is the only one: the listener closes when it does. From then on, what is
 *            printed goes to stderr.
 * connect    `stdio:` the same from the other side; `stdio:COMMAND` starts a child and talks to it.
 */
export const stdio: Transport = {
  async listen(address, accept) {
    if (!isOwn(address)) {
      throw new UsageError('ADDRESS_BAD', `${address.text} names a command, which is something to connect() to.`)
    }
    const connection = await own(address, 'listen on')
    accept(connection)
    return { address: 'stdio:', stop: async () => {}, exhausted: connection.closed }
  },

  async connect(address, { signal }) {
    signal?.throwIfAborted()
    if (isOwn(address)) return own(address, 'connect to')
    const child = await startChild(address)
    return new StreamConnection(child, () => ({ remote: address.text, local: 'stdio:' }))
  },
}

function isOwn({ rest }: Address): boolean {
  return rest === '' || rest === '//'
}

async function own(address: Address, verb: 'listen on' | 'connect to'): Promise<StreamConnection> {
  const streams = await takeStdio(address, verb)
  return new StreamConnection(streams, () => ({ remote: 'stdio:', local: 'stdio:' }))
}
