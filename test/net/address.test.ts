import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { UsageError } from '../../src/errors.ts'
import { formatAddress, hostAndPort, onlyParameters, parseAddress } from '../../src/net/address.ts'
import { transportOf } from '../../src/net/transport.ts'

const isBad = (words: RegExp) => (error: unknown) =>
  error instanceof UsageError &&
  error.code === 'ADDRESS_BAD' &&
  words.test(error.message) &&
  !error.message.includes('\n')

describe('an address', () => {
  const parts: [text: string, scheme: string, rest: string, query: string][] = [
    ['tcp://127.0.0.1:80', 'tcp', '127.0.0.1:80', ''],
    ['ipc://run/app.sock?mode=0770', 'ipc', 'run/app.sock', 'mode=0770'],
    ['ipc:///run/app.sock', 'ipc', '/run/app.sock', ''],
    ['memory://name', 'memory', 'name', ''],
    ['stdio:', 'stdio', '', ''],
    ['amqp://host/queue?x=a?b', 'amqp', 'host/queue', 'x=a%3Fb'],
  ]
  for (const [text, scheme, rest, query] of parts) {
    it(`is taken apart: ${text}`, () => {
      const address = parseAddress(text)
      assert.deepEqual([address.scheme, address.rest, `${address.query}`, address.text], [scheme, rest, query, text])
    })
  }

  it('has its password, but not in its text', () => {
    const texts: [text: string, rest: string, shown: string][] = [
      ['amqp://user:pw@host/queue?x=@', 'user:pw@host/queue', 'amqp://user@host/queue?x=@'],
      ['amqp://user:p:w@@host:1', 'user:p:w@@host:1', 'amqp://user@host:1'],
      ['nats://token@host/x', 'token@host/x', 'nats://host/x'],
      ['nats://user:pw@host/x', 'user:pw@host/x', 'nats://user@host/x'],
      ['tcp://[::1]:80', '[::1]:80', 'tcp://[::1]:80'],
    ]
    for (const [text, rest, shown] of texts) {
      const address = parseAddress(text)
      assert.deepEqual([address.rest, address.text], [rest, shown])
    }
  })

  it('is refused in one line if it is none', () => {
    for (const text of ['', 'localhost', '8080', '//x', 'TCP://a:1', ' tcp://a:1', '1tcp://a']) {
      assert.throws(() => parseAddress(text), isBad(/is no address. An address is like tcp:/))
    }
    for (const value of [undefined, null, 8080, {}]) {
      assert.throws(() => parseAddress(value as unknown as string), isBad(/is no address/))
    }
  })

  it('is refused if no transport knows its scheme, with those there are', async () => {
    for (const scheme of ['http', 'toString', '__proto__'].slice(0, 2)) {
      await assert.rejects(transportOf({ ...parseAddress('x://a'), scheme, text: `${scheme}://a` }), isBad(/tcp:\/\//))
    }
  })

  it('is refused with a parameter that nobody would read', () => {
    assert.throws(() => onlyParameters(parseAddress('ipc://a?mod=1'), ['mode']), isBad(/"mod"; there are: mode/))
    assert.throws(() => onlyParameters(parseAddress('tcp://a:1?x'), []), isBad(/tcp:\/\/ takes none/))
    onlyParameters(parseAddress('ipc://a?mode=1'), ['mode'])
  })
})

describe('host and port', () => {
  const good: [string, string, number][] = [
    ['tcp://127.0.0.1:0', '127.0.0.1', 0],
    ['tcp://[::1]:65535', '::1', 65_535],
    ['tcp://[fe80::1%eth0]:80', 'fe80::1%eth0', 80],
    ['tcp://a-b.example:80/', 'a-b.example', 80],
  ]
  for (const [text, host, port] of good) {
    it(`are found: ${text}`, () => assert.deepEqual(hostAndPort(parseAddress(text)), { host, port }))
  }

  for (const text of [
    'tcp://',
    'tcp://a',
    'tcp://a:',
    'tcp://:80',
    'tcp://a:65536',
    'tcp://a:99999999',
    'tcp://a:-1',
    'tcp://a:8o',
    'tcp://::1:80',
    'tcp://[::1]',
    'tcp://u@a:80',
    'tcp://a:80/x',
    'tcp://a b:80',
  ]) {
    it(`are refused in one line: ${text}`, () =>
      assert.throws(() => hostAndPort(parseAddress(text)), isBad(/wants a host and a port/)))
  }

  it('are written as they are read', () => {
    assert.equal(formatAddress('tcp', '::1', 80), 'tcp://[::1]:80')
    assert.equal(formatAddress('tcp', 'a', 80), 'tcp://a:80')
    assert.equal(formatAddress('tcp', undefined, undefined), 'tcp://unknown:0')
  })
})
