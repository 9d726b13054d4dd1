import { serve } from '@hono/node-server'
import { Hono } from 'hono'
import { stream } from 'hono/streaming'
import { BIG, chunks, counter, listening, message, TEXT, work } from './answers.mjs'

const app = new Hono()

if (work === 'c') {
  for (const key of ['m1', 'm2', 'm3', 'm4', 'm5']) {
    app.use(async (c, next) => {
      c.set(key, 1)
      await next()
      counter.out++
    })
  }
}

switch (work) {
  case 'd':
    app.get('/', (c) => c.json(message()))
    break
  case 'e':
    app.post('/', async (c) => c.json(await c.req.json()))
    break
  case 'f':
    app.get('/', (c) => c.body(BIG, 200, { 'Content-Type': 'application/octet-stream' }))
    break
  case 'g':
    app.get('/', (c) => {
      c.header('Content-Type', 'text/plain; charset=utf-8')
      return stream(c, async (out) => {
        for await (const chunk of chunks()) await out.write(chunk)
      })
    })
    break
  default:
    app.get('/', (c) => c.text(TEXT))
}

serve({ fetch: app.fetch, port: 0, hostname: '127.0.0.1' }, ({ port }) => listening(port))
