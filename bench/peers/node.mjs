// Bare node:http, to which all others are compared.

import { createServer } from 'node:http'
import { BIG, chunks, counter, listening, message, TEXT, work } from './answers.mjs'

function text(_request, response) {
  response.setHeader('Content-Type', 'text/plain; charset=utf-8')
  response.end(TEXT)
}

function around(key, inner) {
  return (request, response) => {
    request[key] = 1
    inner(request, response)
    counter.out++
  }
}

const handlers = {
  a: text,
  c: ['m5', 'm4', 'm3', 'm2', 'm1'].reduce((inner, key) => around(key, inner), text),
  d(_request, response) {
    response.setHeader('Content-Type', 'application/json')
    response.end(JSON.stringify(message()))
  },
  async e(request, response) {
    const parts = []
    for await (const part of request) parts.push(part)
    response.setHeader('Content-Type', 'application/json')
    response.end(JSON.stringify(JSON.parse(Buffer.concat(parts).toString())))
  },
  f(_request, response) {
    response.setHeader('Content-Type', 'application/octet-stream')
    response.end(BIG)
  },
  async g(_request, response) {
    response.setHeader('Content-Type', 'text/plain; charset=utf-8')
    for await (const chunk of chunks()) {
      if (!response.write(chunk)) await new Promise((resolve) => response.once('drain', resolve))
    }
    response.end()
  },
}

const server = createServer(handlers[work] ?? text)
server.listen(0, '127.0.0.1', () => listening(server.address().port))
