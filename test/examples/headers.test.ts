import assert from 'node:assert/strict'
import { createConnection } from 'node:net'
import { text } from 'node:stream/consumers'
import { test } from 'node:test'
import app from '../../examples/headers/app.ts'
import { listen } from '../../src/index.ts'

test('every header line of a foreign class arrives, in its order and spelling', async () => {
  await using listener = await listen('tcp://127.0.0.1:0', app)
  const socket = createConnection(Number(new URL(listener.address).port), '127.0.0.1')
  socket.end('GET / HTTP/1.1\r\nHost: example\r\nConnection: close\r\n\r\n')
  const [head = '', body] = (await text(socket)).split('\r\n\r\n')
  const [status, ...lines] = head.split('\r\n')
  assert.equal(status, 'HTTP/1.1 200 OK')
  // The rest is the server's own.
  assert.deepEqual(lines.slice(0, 5), [
    'Set-Cookie: theme=dark; Path=/',
    'X-Request-ID: 7f3a',
    'Set-Cookie: lang=el; Path=/',
    'Content-Type: text/plain; charset=utf-8',
    'DNT: 1',
  ])
  assert.equal(body, 'Γειά σου, 你好, שלום\n')
})

test('fetch sees both cookies', async () => {
  await using listener = await listen('tcp://127.0.0.1:0', app)
  const answer = await fetch(listener.address.replace('tcp:', 'http:'))
  assert.deepEqual(answer.headers.getSetCookie(), ['theme=dark; Path=/', 'lang=el; Path=/'])
  assert.equal(await answer.text(), 'Γειά σου, 你好, שלום\n')
})
