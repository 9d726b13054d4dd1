import { H3, iterable, readBody, serve } from 'h3'
import { BIG, chunks, counter, listening, message, TEXT, work } from './answers.mjs'

const app = new H3()

if (work === 'c') {
  for (const key of ['m1', 'm2', 'm3', 'm4', 'm5']) {
    app.use(async (event, next) => {
      event.context[key] = 1
      const body = await next()
      counter.out++
      return body
    })
  }
}

const plain = (event) => event.res.headers.set('Content-Type', 'text/plain; charset=utf-8')

switch (work) {
  case 'd':
    app.get('/', () => message())
    break
  case 'e':
    app.post('/', (event) => readBody(event))
    break
  case 'f':
    app.get('/', (event) => {
      event.res.headers.set('Content-Type', 'application/octet-stream')
      return BIG
    })
    break
  case 'g':
    app.get('/', (event) => {
      plain(event)
      return iterable(chunks())
    })
    break
  default:
    app.get('/', (event) => {
      plain(event)
      return TEXT
    })
}

const server = serve(app, { port: 0, hostname: '127.0.0.1', silent: true })
await server.ready()
listening(Number(new URL(server.url).port))
