import assert from 'node:assert/strict'
import { isIP } from 'node:net'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { IpSet, readIp } from '../../src/net/ip-address.ts'

describe('readIp', () => {
  const written: [text: string, ip: string | undefined][] = [
    ['192.0.2.1', '192.0.2.1'],
    ['0.0.0.0', '0.0.0.0'],
    ['2001:DB8:0:0:0:0:0:1', '2001:db8::1'],
    ['2001:db8::1', '2001:db8::1'],
    ['::', '::'],
    ['::1', '::1'],
    ['::ffff:192.0.2.1', '192.0.2.1'],
    ['::FFFF:c000:0201', '192.0.2.1'],
    ['0:0:0:0:0:ffff:192.0.2.1', '192.0.2.1'],
    ['::192.0.2.1', '::192.0.2.1'],
    ['64:ff9b::192.0.2.1', '64:ff9b::c000:201'],
    ['192.0.2.01', undefined],
    ['192.0.2', undefined],
    ['192.0.2.256', undefined],
    ['192.0.2.1 ', undefined],
    ['192.0.2.1:80', undefined],
    ['[::1]', undefined],
    ['fe80::1%eth0', undefined],
    ['fe80::1%', undefined],
    ['1:2', undefined],
    ['', undefined],
    ['localhost', undefined],
    ['0x7f.1', undefined],
    ['2130706433', undefined],
  ]
  for (const [text, ip] of written) {
    it(`reads ${JSON.stringify(text)} as ${ip}`, () => assert.equal(readIp(text), ip))
  }

  it('writes every address so that it is read as itself', () => {
    fc.assert(
      fc.property(fc.oneof(fc.ipV4(), fc.ipV6()), (text) => {
        const ip = readIp(text)
        assert.ok(ip !== undefined && isIP(ip) !== 0)
        assert.equal(readIp(ip), ip)
      }),
    )
  })

  it('gives an address or nothing, whatever the text', () => {
    fc.assert(
      fc.property(fc.string(), (text) =>
        assert.equal(readIp(text) === undefined, isIP(text) === 0 || text.includes('%')),
      ),
    )
  })
})

describe('IpSet', () => {
  const members: [entry: string, has: string[], hasNot: string[]][] = [
    ['192.0.2.1', ['192.0.2.1'], ['192.0.2.2', '::1', '::192.0.2.1']],
    ['127.0.0.1/8', ['127.0.0.1', '127.255.0.9'], ['128.0.0.1', '126.255.255.255']],
    ['10.0.0.0/32', ['10.0.0.0'], ['10.0.0.1']],
    ['0.0.0.0/0', ['192.0.2.1', '255.255.255.255'], ['::1', '2001:db8::1']],
    ['::1', ['::1'], ['::2', '127.0.0.1']],
    ['fd00::/8', ['fd00::1', 'fdff::'], ['fe80::1', 'fc00::1']],
    ['2001:DB8::/32', ['2001:db8:1::2'], ['2001:db9::']],
    ['::ffff:10.0.0.0/104', ['10.0.0.1', '10.255.0.1'], ['11.0.0.1', '::1']],
    ['::ffff:192.0.2.1', ['192.0.2.1'], ['192.0.2.2']],
  ]
  for (const [entry, has, hasNot] of members) {
    it(`of ${entry} has ${has.join(', ')} and not ${hasNot.join(', ')}`, () => {
      const set = new IpSet()
      assert.equal(set.add(entry), true)
      // Asked twice: the second answer is remembered.
      for (const ip of [...has, ...has]) assert.equal(set.has(ip), true, ip)
      for (const ip of [...hasNot, ...hasNot]) assert.equal(set.has(ip), false, ip)
    })
  }

  for (const entry of [
    '',
    'localhost',
    '10.0.0.0/33',
    '10.0.0.0/',
    '10.0.0.0/-1',
    '10.0.0.0/8/8',
    '::/129',
    '::ffff:10.0.0.0/95',
    '/8',
    '10.0.0.*',
    '10.0.0.0/255.0.0.0',
    'fe80::1%eth0',
    ' 10.0.0.1',
  ]) {
    it(`refuses ${JSON.stringify(entry)}`, () => {
      const set = new IpSet()
      assert.equal(set.add(entry), false)
      assert.equal(set.has('10.0.0.1'), false)
    })
  }

  it('has what was added after it was asked, and remembers no more than it must', () => {
    const set = new IpSet()
    assert.equal(set.has('10.0.0.1'), false)
    set.add('10.0.0.0/8')
    assert.equal(set.has('10.0.0.1'), true)
    for (let at = 0; at < 5_000; at++) assert.equal(set.has(`11.0.${at >> 8}.${at & 255}`), false)
    assert.equal(set.has('10.0.0.1'), true)
  })
})
