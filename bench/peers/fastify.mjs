import { Readable } from 'node:stream'
import fastify from 'fastify'
import { BIG, chunks, counter, listening, message, TEXT, work } from './answers.mjs'

const app = fastify()

if (work === 'c') {
  for (const key of ['m1', 'm2', 'm3', 'm4', 'm5']) {
    app.decorateRequest(key, 0)
    app.addHook('onRequest', (request, _reply, done) => {
      request[key] = 1
      done()
    })
    app.addHook('onSend', (_request, _reply, payload, done) => {
      counter.out++
      done(null, payload)
    })
  }
}

switch (work) {
  case 'd':
    app.get('/', () => message())
    break
  case 'e':
    app.post('/', (request) => request.body)
    break
  case 'f':
    app.get('/', (_request, reply) => reply.type('application/octet-stream').send(BIG))
    break
  case 'g':
    app.get('/', (_request, reply) => reply.type('text/plain; charset=utf-8').send(Readable.from(chunks())))
    break
  default:
    app.get('/', () => TEXT)
}

await app.listen({ port: 0, host: '127.0.0.1' })
listening(app.server.address().port)
