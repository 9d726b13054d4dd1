import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { type Envelope, envelopeHeaders, envelopeMeta, readEnvelope } from '../../../pipes/jsonrpc/envelope.ts'
import { caught, faked } from './fake-channel.ts'

const TRACE = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01'

const printable = fc.string({ unit: fc.integer({ min: 0x20, max: 0x7e }).map((code) => String.fromCharCode(code)) })
const envelopes: fc.Arbitrary<Envelope> = fc.record({
  timeoutMs: fc.option(fc.integer({ min: 1, max: 86_400_000 }), { nil: undefined }),
  traceparent: fc.constant(TRACE),
  tracestate: fc.constantFrom(undefined, 'congo=t61rcWkgMzE', 'a=1,b=2'),
  idempotencyKey: fc.option(
    printable.filter((key) => key.length > 0),
    { nil: undefined },
  ),
})

/** As JSON has it: members that are undefined are not there. */
const whole = (envelope: Envelope | undefined) => JSON.parse(JSON.stringify(envelope ?? {}))

describe('an envelope', () => {
  it('is read as it was written, from headers and from _meta', () => {
    fc.assert(
      fc.property(envelopes, (envelope) => {
        assert.deepEqual(whole(readEnvelope(envelopeHeaders(envelope), undefined)), whole(envelope))
        const meta: unknown = JSON.parse(JSON.stringify(envelopeMeta(envelope)))
        // A key that is quoted by itself is read as the header field that it looks like.
        if (/^".*"$/.test(envelope.idempotencyKey ?? '')) return
        assert.deepEqual(whole(readEnvelope(undefined, meta)), whole(envelope))
      }),
    )
  })

  it('has header names in lower case, and its key as a string of structured fields', () => {
    assert.deepEqual(
      envelopeHeaders({ timeoutMs: 5, traceparent: TRACE, tracestate: 'a=1', idempotencyKey: 'a"b\\' }),
      {
        'rpc-timeout-ms': '5',
        traceparent: TRACE,
        tracestate: 'a=1',
        'idempotency-key': '"a\\"b\\\\"',
      },
    )
  })

  it('of the message goes before that of the headers, a tracestate only with its own traceparent', () => {
    const headers = { 'rpc-timeout-ms': '9', traceparent: TRACE, tracestate: 'shared=1', 'idempotency-key': 'shared' }
    const own = TRACE.replace('4bf9', 'ffff')
    assert.deepEqual(whole(readEnvelope(headers, { traceparent: own, 'idempotency-key': 'own' })), {
      timeoutMs: 9,
      traceparent: own,
      idempotencyKey: 'own',
    })
    assert.deepEqual(whole(readEnvelope(headers, { 'rpc-timeout-ms': 5 })).tracestate, 'shared=1')
  })

  it('of a peer that says nothing, or no sense, is nothing', () => {
    for (const meta of [
      undefined,
      null,
      7,
      'text',
      [],
      {},
      { progressToken: 1 },
      { __proto__: { traceparent: TRACE } },
    ]) {
      assert.equal(readEnvelope(undefined, meta), undefined)
    }
    fc.assert(
      fc.property(fc.anything(), fc.anything(), (timeout, key) => {
        const found = readEnvelope({ 'rpc-timeout-ms': timeout }, { 'idempotency-key': key })
        assert.ok(found?.timeoutMs === undefined || found.timeoutMs > 0)
        assert.ok(found?.idempotencyKey === undefined || found.idempotencyKey.length > 0)
      }),
    )
  })

  const zeros = '0'.repeat(32)
  for (const [name, good, bad] of [
    [
      'rpc-timeout-ms',
      ['1', '86400000', 1, 5_000],
      ['0', '-1', '1.5', 1.5, 0, '86400001', '9'.repeat(40), ' 5', true, Number.NaN],
    ],
    [
      'traceparent',
      [TRACE, TRACE.replace('00', '01'), `${TRACE.replace('00', 'cc')}-more`],
      [
        '',
        'x',
        TRACE.toUpperCase(),
        `${TRACE}-more`,
        `${TRACE}0`,
        TRACE.replace(/^00/, 'ff'),
        TRACE.replace(/-.{32}-/, `-${zeros}-`),
        TRACE.replace(/-.{16}-/, '-0000000000000000-'),
        `${TRACE.replace('00', 'cc')}-${'x'.repeat(100)}`,
        7,
      ],
    ],
    ['idempotency-key', ['k', '"k"', 'a b', 'x'.repeat(255)], ['', '""', 'x'.repeat(256), 'a\nb', 'ü', 7, null]],
  ] as const) {
    it(`takes a good ${name}, and ignores a bad one`, () => {
      for (const value of good) {
        assert.ok(readEnvelope({ [name]: value }, undefined), String(value))
        assert.ok(readEnvelope(undefined, { [name]: value }), String(value))
      }
      for (const value of bad) {
        assert.equal(readEnvelope({ [name]: value }, undefined), undefined, String(value))
        assert.equal(readEnvelope(undefined, { [name]: value }), undefined, String(value))
      }
    })
  }

  it('has no tracestate without a traceparent, or that is long', () => {
    assert.equal(readEnvelope({ tracestate: 'a=1' }, undefined), undefined)
    assert.equal(readEnvelope({ traceparent: TRACE, tracestate: 'x'.repeat(513) }, undefined)?.tracestate, undefined)
  })
})

describe('rpc.with()', () => {
  it('sends what it is given, as headers and as _meta; a bare call has neither', () => {
    const { channel, rpc } = faked()
    const on = rpc.with({ traceparent: TRACE, tracestate: 'a=1' }).with({ idempotencyKey: 'k' })
    void on.call('a', 1)
    on.notify('b')
    void rpc.call('c')
    const meta = { traceparent: TRACE, tracestate: 'a=1', 'idempotency-key': 'k' }
    assert.deepEqual(channel.sent, [
      { jsonrpc: '2.0', id: 1, method: 'a', params: [1], _meta: meta },
      { jsonrpc: '2.0', method: 'b', _meta: meta },
      { jsonrpc: '2.0', id: 2, method: 'c' },
    ])
    const headers = { ...meta, 'idempotency-key': '"k"' }
    assert.deepEqual(
      channel.postings.map((posting) => posting?.headers),
      [headers, headers, undefined],
    )
  })

  it('tells the peer how much of a time-out is left', () => {
    const { channel, rpc } = faked()
    void caught(rpc.with({ timeoutMs: 5_000 }).call('a'))
    const left = Number(channel.messages[0]?._meta?.['rpc-timeout-ms'])
    assert.ok(Number.isInteger(left) && left > 0 && left <= 5_000)
    void rpc.with({ timeoutMs: 0 }).call('b')
    assert.equal(channel.messages[1]?._meta, undefined)
  })

  it('drops the tracestate of another traceparent', () => {
    const { channel, rpc } = faked()
    rpc
      .with({ traceparent: TRACE, tracestate: 'a=1' })
      .with({ traceparent: TRACE.replace('-01', '-00') })
      .notify('a')
    assert.deepEqual(Object.keys(channel.messages[0]?._meta ?? {}), ['traceparent'])
  })

  for (const [what, options] of [
    ['an unknown name', { timeout: 5 }],
    ['a negative time-out', { timeoutMs: -1 }],
    ['half a millisecond', { timeoutMs: 0.5 }],
    ['a time-out that no timer can wait for', { timeoutMs: 2 ** 31 }],
    ['a signal that is none', { signal: {} }],
    ['a traceparent that is none', { traceparent: 'x' }],
    ['a tracestate without a traceparent', { tracestate: 'a=1' }],
    ['an empty key', { idempotencyKey: '' }],
    ['a key with a line break', { idempotencyKey: 'a\nb' }],
    ['another word', { whenLost: 'again' }],
    ['another word', { offline: 'never' }],
    ['resending without a key', { whenLost: 'resend' }],
  ] as const) {
    it(`refuses ${what}: ${Object.keys(options)[0]}`, () => {
      const { rpc } = faked()
      const given: object = options
      assert.throws(() => rpc.with(given), { code: 'OPTION_BAD' })
    })
  }
})
