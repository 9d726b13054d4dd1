import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { LineFramer } from '../../pipes/line/framer.ts'
import { UsageError } from '../../src/errors.ts'
import { FramedConnection } from '../../src/messages/framed-connection.ts'
import type { DrivenConnection, Sink } from '../../src/net/connection.ts'
import { connectionPair } from '../../src/transports/memory.ts'
import { isPeer } from '../framing.ts'

const turn = () => new Promise<void>((resolve) => setImmediate(resolve))

/** Keeps what it is told. */
class Ear implements Sink {
  readonly heard: string[] = []
  onMessage: () => void = () => {}
  data(message: Uint8Array): void {
    this.heard.push(String(message))
    this.onMessage()
  }
  end(): void {
    this.heard.push('(end)')
  }
  drained(): void {
    this.heard.push('(drained)')
  }
  closed(error: Error | undefined): void {
    this.heard.push(`(closed${error === undefined ? '' : `: ${error.message}`})`)
  }
  drain(): void {
    this.heard.push('(drain)')
  }
}

function framed(maxBytes = 100_000): { connection: FramedConnection; peer: DrivenConnection; outer: DrivenConnection } {
  const [outer, peer] = connectionPair('framed')
  return { connection: new FramedConnection(outer, new LineFramer(maxBytes)), peer, outer }
}

describe('a framed connection', () => {
  it('gives messages to a sink, and its end', async () => {
    const { connection, peer } = framed()
    const ear = new Ear()
    connection.take(ear)
    await peer.write('a\nb\n')
    void peer.close()
    while (!ear.heard.includes('(end)')) await turn()
    assert.deepEqual(ear.heard, ['a', 'b', '(end)'])
  })

  it('keeps what arrives until somebody takes it', async () => {
    const { connection, peer } = framed()
    await peer.write('a\n')
    for (let round = 0; round < 5; round++) await turn()
    const ear = new Ear()
    connection.take(ear)
    assert.deepEqual(ear.heard, [])
    while (ear.heard.length === 0) await turn()
    assert.deepEqual(ear.heard, ['a'])
  })

  it('gives text where the sink takes it, and bytes where it is not UTF-8', async () => {
    const { connection, peer } = framed()
    const ear = new Ear()
    const texts: string[] = []
    connection.take(
      Object.assign(ear, {
        text: (message: string) => texts.push(message),
        broken: (error: Error) => texts.push(error.message),
      }),
    )
    await peer.write(Buffer.from('ä\n'))
    while (texts.length === 0) await turn()
    await peer.write(Buffer.from([0xff, 0x0a]))
    while (texts.length === 1) await turn()
    assert.deepEqual(texts, ['ä', 'a line is not valid UTF-8'])
    assert.deepEqual(ear.heard, [])
  })

  it('gives one message at a time to a sink that pauses after each', async () => {
    const { connection, peer } = framed()
    const ear = new Ear()
    ear.onMessage = () => connection.pause()
    connection.take(ear)
    await peer.write('a\nb\nc\n')
    void peer.close()
    for (const heard of [['a'], ['a', 'b'], ['a', 'b', 'c'], ['a', 'b', 'c', '(end)']]) {
      while (ear.heard.length < heard.length) await turn()
      assert.deepEqual(ear.heard, heard)
      connection.resume()
    }
  })

  it('stays paused where the sink pauses before anything arrives', async () => {
    const { connection, peer } = framed()
    const ear = new Ear()
    connection.take(ear)
    connection.pause()
    await peer.write('a\n')
    for (let round = 0; round < 5; round++) await turn()
    assert.deepEqual(ear.heard, [])
    connection.resume()
    while (ear.heard.length === 0) await turn()
  })

  it('takes no more from the peer than it can hold while it is paused', async () => {
    const { connection, peer } = framed()
    connection.take(new Ear())
    connection.pause()
    let sent = 0
    for (; sent < 1_000_000 && peer.send('x'.repeat(999)); sent += 1_000) await turn()
    assert.ok(sent < 100_000, String(sent))
  })

  it('tells a sink that cannot hear of it otherwise that it is broken by cutting the connection', async () => {
    const { connection, peer } = framed(3)
    const ear = new Ear()
    connection.take(ear)
    await peer.write('a\n12345')
    while (ear.heard.length < 2) await turn()
    assert.deepEqual(ear.heard, ['a', '(closed: a line is longer than 3 bytes)'])
  })

  it('throws what is broken to who reads, behind what came before', async () => {
    const { connection, peer } = framed(3)
    await peer.write('a\nb\n12345')
    const read: string[] = []
    await assert.rejects(async () => {
      for await (const message of connection.read()) read.push(String(message))
    }, isPeer('MESSAGE_TOO_LONG'))
    assert.deepEqual(read, ['a', 'b'])
  })

  it('tells a sink that comes late that the connection is gone, and of the drain', async () => {
    const { connection, outer } = framed()
    outer.drain()
    outer.destroy()
    await outer.closed
    const ear = new Ear()
    connection.take(ear)
    assert.deepEqual(ear.heard, ['(drain)'])
    await turn()
    assert.deepEqual(ear.heard, ['(drain)', '(closed)'])
    assert.throws(() => connection.write('a'), isPeer('CONNECTION_CLOSED'))
  })

  it('has one reader', () => {
    const { connection } = framed()
    connection.take(new Ear())
    assert.throws(
      () => connection.take(new Ear()),
      (error) => error instanceof UsageError && error.code === 'READ_TWICE',
    )
  })

  it('sends what was written before it closes', async () => {
    const { connection, peer } = framed()
    connection.send('a')
    void connection.close()
    const read: string[] = []
    for await (const chunk of peer.read()) read.push(String(chunk))
    assert.deepEqual(read, ['a\n'])
  })

  it('counts what is unsent', async () => {
    const { connection } = framed()
    connection.send('abc')
    assert.equal(connection.unsent, 4)
    await connection.sent()
    assert.equal(connection.unsent, 0)
  })
})
