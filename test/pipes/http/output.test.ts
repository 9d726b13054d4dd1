import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Output } from '../../../pipes/http/output.ts'
import type { DrivenConnection } from '../../../src/net/connection.ts'

/** A connection that keeps what it is sent; nothing leaves one that is `stuck`. */
function fake({ copies = true, stuck = false } = {}) {
  const sent: { data: Uint8Array; bytes: Buffer }[] = []
  const connection = {
    copies,
    stuck,
    unsent: 0,
    corks: 0,
    cork() {
      this.corks++
    },
    uncork() {
      this.corks--
    },
    send(data: string | Uint8Array): boolean {
      const given = typeof data === 'string' ? Buffer.from(data, 'latin1') : data
      sent.push({ data: given, bytes: Buffer.from(given) })
      this.unsent += this.stuck ? given.byteLength : 0
      return this.unsent === 0
    },
  }
  const all = () => Buffer.concat(sent.map(({ bytes }) => bytes))
  return { connection, sent, all, output: new Output(connection as unknown as DrivenConnection) }
}

describe('an output', () => {
  it('sends nothing where there is nothing', () => {
    const { output, sent } = fake()
    assert.equal(output.flush(), true)
    assert.equal(sent.length, 0)
  })

  it('sends head and ASCII body in one write', () => {
    const { output, sent, all } = fake()
    output.text('head\xe9')
    output.utf8('body', 4)
    assert.equal(output.size, 9)
    output.flush()
    assert.equal(sent.length, 1)
    assert.equal(all().toString('latin1'), 'head\xe9body')
    assert.equal(output.size, 0)
  })

  it('sends Latin-1, UTF-8 and bytes in order, in one write', () => {
    const { output, sent, all } = fake()
    output.text('\xe9')
    output.utf8('你', 3)
    output.bytes(Uint8Array.of(0, 255))
    output.text('\xe9')
    output.utf8('b', 1)
    assert.equal(output.size, 8)
    output.flush()
    assert.equal(sent.length, 1)
    assert.deepEqual(
      all(),
      Buffer.concat([Buffer.of(0xe9), Buffer.from('你'), Buffer.of(0, 255, 0xe9), Buffer.from('b')]),
    )
  })

  it('sends much in several writes, held together', () => {
    const { output, sent, all, connection } = fake()
    output.text('head')
    output.bytes(Buffer.alloc(200_000, 'x'))
    output.utf8('你', 3)
    output.flush()
    assert.ok(sent.length > 1)
    assert.equal(connection.corks, 0)
    assert.equal(all().toString(), `head${'x'.repeat(200_000)}你`)
  })

  it('says whether more may come', () => {
    const { output } = fake({ stuck: true })
    output.bytes(Uint8Array.of(1))
    assert.equal(output.flush(), false)
  })

  it('does not write over bytes that have not left', () => {
    const { output, sent } = fake({ stuck: true })
    for (const letter of ['a', 'b', 'c']) {
      output.bytes(Buffer.from(letter.repeat(5)))
      output.flush()
    }
    for (const { data, bytes } of sent) assert.deepEqual(Buffer.from(data), bytes)
  })

  it('uses its memory again where bytes have left', () => {
    const { output, sent } = fake()
    for (const letter of ['a', 'b']) {
      output.bytes(Buffer.from(letter))
      output.flush()
    }
    assert.equal(sent[0]?.data.buffer, sent[1]?.data.buffer)
  })

  it('never uses it again where the stream keeps what it is given', () => {
    const { output, sent } = fake({ copies: false })
    for (const letter of ['a', 'b']) {
      output.bytes(Buffer.from(letter))
      output.flush()
    }
    for (const { data, bytes } of sent) assert.deepEqual(Buffer.from(data), bytes)
  })

  it('does not hold much memory for little that has not left', () => {
    const { output, sent } = fake({ stuck: true })
    for (let count = 0; count < 20; count++) {
      output.bytes(Buffer.from('event'))
      output.flush()
    }
    const held = new Set(sent.map(({ data }) => data.buffer))
    const size = [...held].reduce((sum, buffer) => sum + buffer.byteLength, 0)
    assert.ok(size < 300_000, `${size} bytes are held for 100`)
  })
})
