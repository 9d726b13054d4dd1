// One end of the conformance suite over stdio: `node conformance-child.js NAME`.

import { listen } from '../../src/net/listen.ts'
import { SERVERS } from './conformance-servers.ts'

const entry = Object.entries(SERVERS).find(([name]) => name === process.argv[2])
if (entry === undefined) throw new Error('which?')
// What a peer does that tears or goes is the point; the other side checks it.
await listen('stdio:', entry[1], { onError: () => {} })
