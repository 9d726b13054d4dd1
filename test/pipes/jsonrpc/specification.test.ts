// The examples of the specification over a socket, as its bytes come and go.

import assert from 'node:assert/strict'
import { createConnection } from 'node:net'
import { createInterface } from 'node:readline'
import { describe, it } from 'node:test'
import { json } from '../../../pipes/json.ts'
import { jsonrpc } from '../../../pipes/jsonrpc.ts'
import { line } from '../../../pipes/line.ts'
import { listen, stack } from '../../../src/index.ts'
import { freshPath } from '../../transports/socket-path.ts'
import { EXAMPLES, inAnyOrder, METHODS } from './specification.ts'

describe('the examples of JSON-RPC 2.0 over a Unix socket', () => {
  for (const [name, sent, answered] of EXAMPLES) {
    it(`are answered as they stand: ${name}`, async () => {
      const path = freshPath()
      await using _ = await listen(`ipc://${path}`, stack(line(), json(), jsonrpc(METHODS)))
      const socket = createConnection(path)
      // Nothing comes for a notification: then the line ends with the connection.
      socket.end(`${sent.replaceAll('\n', ' ')}\n`)
      const answers: unknown[] = []
      for await (const text of createInterface(socket)) answers.push(inAnyOrder(JSON.parse(text)))
      assert.deepEqual(answers, answered === undefined ? [] : [inAnyOrder(answered)])
    })
  }
})
