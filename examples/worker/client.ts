// node dist/examples/worker/client.js ADDRESS TEXT: counts the words of a text, wherever the worker is.

import { connect, stack } from 'pipestack'
import { json } from 'pipestack/pipes/json'
import { jsonrpc } from 'pipestack/pipes/jsonrpc'
import { line } from 'pipestack/pipes/line'
import type { methods } from './methods.ts'

const [address = 'ipc://run/worker.sock', text = 'Hello, hello'] = process.argv.slice(2)

await using bag = await connect(address, stack(line(), json(), jsonrpc.client<typeof methods>()), { timeoutMs: 5_000 })
// The compiler knows the names, the parameters and the results: `rpc.call('word', text)` is an error.
console.log(`${await bag.rpc.callNamed('words', { text })} words. The longest:`)
for await (const word of bag.rpc.stream('longest', text, 3)) console.log(`- ${word}`)
