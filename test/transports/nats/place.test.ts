import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { UsageError } from '../../../src/errors.ts'
import { parseAddress } from '../../../src/net/address.ts'
import { placeOf } from '../../../src/transports/nats/place.ts'

const place = (text: string) => placeOf(parseAddress(text))

describe('an address of nats://', () => {
  it('has a subject, and defaults', () => {
    const { address: _, ...rest } = place('nats://localhost/shop.images')
    assert.deepEqual(rest, {
      host: 'localhost',
      port: 4222,
      user: undefined,
      password: undefined,
      token: undefined,
      subject: 'shop.images',
      group: 'pipestack',
      stream: undefined,
      prefetch: 1_024,
      requeue: true,
      dead: 'shop.images.dead',
      declares: true,
      ackWait: 10,
      shown: 'nats://localhost:4222/shop.images',
    })
  })

  it('has other defaults with a stream', () => {
    const { group, prefetch, stream, shown } = place('nats://localhost/shop.images?stream=SHOP')
    assert.deepEqual(
      [group, prefetch, stream, shown],
      ['pipestack-shop-images', 32, 'SHOP', 'nats://localhost:4222/shop.images?stream=SHOP'],
    )
  })

  it('has a user and a password, or a token; neither is shown but the user', () => {
    const named = place('nats://ada:s3cret@localhost:1/x')
    assert.deepEqual([named.user, named.password, named.token], ['ada', 's3cret', undefined])
    const token = place('nats://t0ken@localhost/x')
    assert.deepEqual([token.user, token.password, token.token], [undefined, undefined, 't0ken'])
    assert.doesNotMatch(named.address.text + named.shown + token.address.text + token.shown, /s3cret|t0ken/)
  })

  it('is refused where it makes no sense, without its password', () => {
    for (const text of [
      'nats://localhost',
      'nats://localhost/',
      'nats://localhost/a.*',
      'nats://localhost/a.%3E',
      'nats://localhost/a..b',
      'nats://localhost/a%20b',
      'nats://localhost/a/b',
      'nats://localhost:0/a',
      'nats://ada:s3cret@localhost/a?queue=a.b',
      'nats://ada:s3cret@localhost/a?stream=a.b',
      'nats://ada:s3cret@localhost/a?requeue=0',
      'nats://ada:s3cret@localhost/a?ackwait=5',
      'nats://ada:s3cret@localhost/a?stream=S&ackwait=0',
      'nats://ada:s3@cret@localhost/a',
    ]) {
      assert.throws(
        () => place(text),
        (error) => {
          assert.ok(error instanceof UsageError && error.code === 'ADDRESS_BAD', text)
          assert.doesNotMatch(error.message, /s3|cret/)
          return true
        },
        text,
      )
    }
  })
})
