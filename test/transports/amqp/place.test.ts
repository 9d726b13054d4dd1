import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { UsageError } from '../../../src/errors.ts'
import { parseAddress } from '../../../src/net/address.ts'
import { placeOf } from '../../../src/transports/amqp/place.ts'

const place = (text: string) => placeOf(parseAddress(text))

describe('an address of amqp://', () => {
  it('has its queue in the path, or behind ?queue= with the virtual host in the path', () => {
    const cases: [text: string, vhost: string, queue: string, shown: string][] = [
      ['amqp://localhost/images', '/', 'images', 'amqp://localhost:5672/images'],
      ['amqp://localhost:5673/a%2Fb', '/', 'a/b', 'amqp://localhost:5673/a%2Fb'],
      ['amqp://localhost?queue=images', '/', 'images', 'amqp://localhost:5672/images'],
      ['amqp://localhost/?queue=images', '/', 'images', 'amqp://localhost:5672/images'],
      ['amqp://localhost/%2F?queue=images', '/', 'images', 'amqp://localhost:5672/images'],
      ['amqp://localhost/shop?queue=images', 'shop', 'images', 'amqp://localhost:5672/shop?queue=images'],
      ['amqps://[::1]/images', '/', 'images', 'amqps://[::1]:5671/images'],
    ]
    for (const [text, vhost, queue, shown] of cases) {
      const found = place(text)
      assert.deepEqual([found.vhost, found.queue, found.shown], [vhost, queue, shown], text)
    }
  })

  it('has defaults', () => {
    const { address: _, ...rest } = place('amqp://localhost/images')
    assert.deepEqual(rest, {
      secure: false,
      host: 'localhost',
      port: 5672,
      user: 'guest',
      password: 'guest',
      vhost: '/',
      queue: 'images',
      prefetch: 32,
      requeue: true,
      dead: 'images.dead',
      declares: true,
      persistent: true,
      heartbeat: 15,
      shown: 'amqp://localhost:5672/images',
    })
  })

  it('takes parameters, and a user whose password is not shown', () => {
    const found = place(
      'amqp://ada:s3cret%40@h/v?queue=q&prefetch=1&requeue=0&dead=&declare=0&persistent=0&heartbeat=0',
    )
    const { user, password, prefetch, requeue, dead, declares, persistent, heartbeat, address, shown } = found
    assert.deepEqual(
      [user, password, prefetch, requeue, dead, declares, persistent, heartbeat],
      ['ada', 's3cret@', 1, false, '', false, false, 0],
    )
    assert.doesNotMatch(address.text + shown, /s3cret/)
    assert.match(address.text, /^amqp:\/\/ada@h\/v\?/)
  })

  it('is refused where it makes no sense, without its password', () => {
    for (const text of [
      'amqp://localhost',
      'amqp://localhost/',
      'amqp:///images',
      'amqp://localhost:0/images',
      'amqp://localhost:99999/images',
      'amqp://localhost/a/b',
      'amqp://ada:s3cret/x@localhost/images',
      'amqp://ada:s3@cret@localhost/images',
      'amqp://ada:s3cret@localhost/%zz',
      'amqp://ada:s3cret@localhost/images?prefetch=0',
      'amqp://ada:s3cret@localhost/images?prefetch=many',
      'amqp://ada:s3cret@localhost/images?requeue=2',
      'amqp://ada:s3cret@localhost/images?dead=images',
      'amqp://ada:s3cret@localhost/images?ca=x',
      `amqp://ada:s3cret@localhost/${'x'.repeat(256)}`,
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
