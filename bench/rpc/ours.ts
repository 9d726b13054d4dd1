// Pipestack's server: `ours.js ADDRESS`.

import { json } from '../../pipes/json.ts'
import { jsonrpc } from '../../pipes/jsonrpc.ts'
import { line } from '../../pipes/line.ts'
import { listen, stack } from '../../src/index.ts'
import type { Params, Sum } from './work.ts'

/** The methods that it has. */
export const methods = {
  add: ({ a, b, s, list }: Params): Sum => ({ sum: a + b, s, list }),
}

const address = process.argv[2]
if (process.send !== undefined && address !== undefined) {
  const listener = await listen(address, stack(line(), json(), jsonrpc(methods)))
  process.send({ port: Number(/:(\d+)$/.exec(listener.address)?.[1] ?? 0) })
}
