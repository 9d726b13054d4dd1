// Lines of JSON-RPC by hand, with no rules at all: the ceiling. Answers leave together, at most 16 at once.

import { createServer } from 'node:net'
import { add, endpoint, told } from './listening.mjs'

const methods = { add }

const server = createServer({ noDelay: true }, (socket) => {
  let text = ''
  let out = ''
  let count = 0
  let scheduled = false
  const flush = () => {
    count = 0
    const joined = out
    out = ''
    if (joined !== '') socket.write(joined)
  }
  const onTick = () => {
    scheduled = false
    flush()
  }
  socket.setEncoding('utf8')
  socket.on('error', () => {})
  socket.on('data', (chunk) => {
    text = text === '' ? chunk : text + chunk
    let at = 0
    for (let end = text.indexOf('\n'); end >= 0; end = text.indexOf('\n', at)) {
      const { id, method, params } = JSON.parse(text.slice(at, end))
      at = end + 1
      out += `${JSON.stringify({ jsonrpc: '2.0', result: methods[method](params), id })}\n`
      if (++count >= 16) flush()
      else if (!scheduled) {
        scheduled = true
        process.nextTick(onTick)
      }
    }
    text = text.slice(at)
  })
})
server.listen(endpoint(), () => told(server))
