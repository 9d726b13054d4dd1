// Lines of JSON-RPC by hand, with no rules at all: the ceiling. Calls leave together, at most 16 at once.

import { connect } from 'node:net'
import { endpoint } from '../peers/listening.mjs'

export async function client(address) {
  const socket = connect({ ...endpoint(address), noDelay: true })
  await new Promise((resolve, reject) => socket.once('connect', resolve).once('error', reject))
  const pending = new Map()
  let lastId = 0
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
  socket.setEncoding('utf8').on('data', (chunk) => {
    text = text === '' ? chunk : text + chunk
    let at = 0
    for (let end = text.indexOf('\n'); end >= 0; end = text.indexOf('\n', at)) {
      const { id, result } = JSON.parse(text.slice(at, end))
      at = end + 1
      const resolve = pending.get(id)
      pending.delete(id)
      resolve(result)
    }
    text = text.slice(at)
  })
  return (params) =>
    new Promise((resolve) => {
      const id = ++lastId
      pending.set(id, resolve)
      out += `${JSON.stringify({ jsonrpc: '2.0', method: 'add', params, id })}\n`
      if (++count >= 16) flush()
      else if (!scheduled) {
        scheduled = true
        process.nextTick(onTick)
      }
    })
}
