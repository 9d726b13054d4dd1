// Bun.serve, for orientation: another runtime, so its figures say nothing about code on Node.

import { BIG, chunks, counter, listening, message, TEXT, work } from './answers.mjs'

const PLAIN = { headers: { 'Content-Type': 'text/plain; charset=utf-8' } }

const around = (key, inner) => async (request) => {
  request[key] = 1
  const response = await inner(request)
  counter.out++
  return response
}

const text = () => new Response(TEXT, PLAIN)

const handlers = {
  a: text,
  c: ['m5', 'm4', 'm3', 'm2', 'm1'].reduce((inner, key) => around(key, inner), text),
  d: () => Response.json(message()),
  e: async (request) => Response.json(await request.json()),
  f: () => new Response(BIG, { headers: { 'Content-Type': 'application/octet-stream' } }),
  g: () => new Response(chunks(), PLAIN),
}

const server = Bun.serve({ port: 0, hostname: '127.0.0.1', fetch: handlers[work] ?? text })
listening(server.port)
