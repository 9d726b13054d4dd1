import assert from 'node:assert/strict'
import { createConnection } from 'node:net'
import { describe, it } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { stack } from '../../src/stack.ts'
import { serve } from '../wire.ts'

describe('a peer that never ends its side', { concurrency: true, timeout: 20_000 }, () => {
  it('is cut off after a while', async () => {
    await using served = await serve(stack(() => 'bye'))
    const socket = createConnection({
      port: Number(served.address.split(':')[2]),
      host: '127.0.0.1',
      allowHalfOpen: true,
    })
    let broken = false
    socket.on('error', () => {
      broken = true
    })
    socket.on('data', () => {})
    // What is written to a connection that was cut is answered by a reset.
    while (!broken) {
      socket.write('still here')
      await wait(50)
    }
    socket.destroy()
  })

  it('is not cut off before it has read everything', async () => {
    const bytes = 25_000_000
    await using served = await serve(stack(({ write }) => void write(Buffer.alloc(bytes))))
    const socket = createConnection({
      port: Number(served.address.split(':')[2]),
      host: '127.0.0.1',
      allowHalfOpen: true,
    })
    let came = 0
    socket.on('data', (chunk) => {
      came += chunk.length
    })
    socket.once('data', () => socket.pause())
    await wait(2_500)
    socket.resume()
    await new Promise((resolve) => socket.on('end', resolve))
    assert.equal(came, bytes)
    socket.destroy()
  })
})
