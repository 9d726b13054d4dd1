import { Readable } from 'node:stream'
import { bodyParser } from '@koa/bodyparser'
import Koa from 'koa'
import { BIG, chunks, counter, listening, message, TEXT, work } from './answers.mjs'

const app = new Koa()

if (work === 'c') {
  for (const key of ['m1', 'm2', 'm3', 'm4', 'm5']) {
    app.use(async (ctx, next) => {
      ctx.state[key] = 1
      await next()
      counter.out++
    })
  }
}
if (work === 'e') app.use(bodyParser())

const handlers = {
  a(ctx) {
    ctx.body = TEXT
  },
  d(ctx) {
    ctx.body = message()
  },
  e(ctx) {
    ctx.body = ctx.request.body
  },
  f(ctx) {
    ctx.body = BIG
  },
  g(ctx) {
    ctx.type = 'text/plain; charset=utf-8'
    ctx.body = Readable.from(chunks())
  },
}
app.use(handlers[work] ?? handlers.a)

const server = app.listen(0, '127.0.0.1', () => listening(server.address().port))
