import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import express from 'express'
import { BIG, chunks, counter, listening, message, TEXT, work } from './answers.mjs'

// What no other peer sends is off: hashing 64 KiB for an ETag is another work.
const app = express().disable('x-powered-by').disable('etag')

if (work === 'c') {
  for (const key of ['m1', 'm2', 'm3', 'm4', 'm5']) {
    app.use((request, response, next) => {
      request[key] = 1
      response.once('finish', () => counter.out++)
      next()
    })
  }
}

switch (work) {
  case 'd':
    app.get('/', (_request, response) => response.json(message()))
    break
  case 'e':
    app.use(express.json())
    app.post('/', (request, response) => response.json(request.body))
    break
  case 'f':
    app.get('/', (_request, response) => response.type('application/octet-stream').send(BIG))
    break
  case 'g':
    app.get('/', async (_request, response) => {
      response.type('text/plain')
      await pipeline(Readable.from(chunks()), response)
    })
    break
  default:
    app.get('/', (_request, response) => response.type('text/plain').send(TEXT))
}

const server = app.listen(0, '127.0.0.1', () => listening(server.address().port))
