import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type HttpMarbles, http } from '../../pipes/http.ts'
import { lint } from '../../pipes/lint.ts'
import {
  connect,
  type Environ,
  HeaderList,
  listen,
  type Pipe,
  part,
  type Raw,
  ResponseMarble,
  stack,
} from '../../src/index.ts'
import { client, request } from '../../src/testing.ts'
import { told } from './lint-told.ts'

describe('lint() and a body that is read', () => {
  /** A server pipe of one request, which does with the response what `send` says. */
  const server = (send: (response: ResponseMarble) => unknown, environ: Environ): Pipe<{}, HttpMarbles> => ({
    name: 'server',
    adds: ['environ', 'response', 'read', 'write'],
    async through(_, next) {
      const response = new ResponseMarble()
      async function* nothing(): AsyncGenerator<Uint8Array> {}
      await next({ environ, response, read: nothing, write() {} }, async () => {
        await send(response)
      })
    },
  })

  async function brokenBy(send: (body: Iterator<unknown>) => unknown, made: () => Iterable<string>): Promise<string[]> {
    let environ: Environ | undefined
    await request(
      stack(http(), (bag) => {
        environ = bag.environ
      }),
      'GET /',
    )
    assert.ok(environ !== undefined)
    const errors: unknown[] = []
    const app = part(
      server((response) => send(response.body as unknown as Iterator<unknown>), environ),
      lint(),
      ({ response }) => {
        response.body = made()
      },
    )
    const { promise, resolve } = deferred()
    const first: Pipe<Raw> = {
      name: 'first',
      async through(_bag, next) {
        try {
          await next({})
        } finally {
          resolve()
        }
      },
    }
    await using listener = await listen('memory://lint-body', stack(first, app), {
      onError: (error) => errors.push(error),
    })
    await using _bag = await connect(
      listener.address,
      stack(() => {}),
    )
    await promise
    await listener.close({ graceMs: 0 })
    return told(errors)
  }

  function* two() {
    yield 'one'
    yield 'two'
  }
  const toEnd = (body: Iterator<unknown>) => {
    while (!body.next().done);
  }
  const open = (body: object) => Reflect.apply(Reflect.get(body, Symbol.iterator), body, [])

  it('is content with one that is read to its end, or closed, or read in part and closed', async () => {
    assert.deepEqual(await brokenBy(toEnd, two), [])
    assert.deepEqual(await brokenBy((body) => body.return?.(), two), [])
    assert.deepEqual(
      await brokenBy((body) => {
        body.next()
        body.return?.()
      }, two),
      [],
    )
  })

  it('B2: names a second reader', async () => {
    const twice = (body: Iterator<unknown>) => {
      open(body)
      toEnd(body)
      open(body)
    }
    assert.deepEqual(await brokenBy(twice, two), ['B2 above lint'])
  })

  it('B3: names who asks after the end, or after closing', async () => {
    const after = (body: Iterator<unknown>) => {
      toEnd(body)
      body.next()
    }
    assert.deepEqual(await brokenBy(after, two), ['B3 above lint'])
    const closed = (body: Iterator<unknown>) => {
      body.return?.()
      body.next()
    }
    assert.deepEqual(await brokenBy(closed, two), ['B3 above lint'])
  })

  it('B4: names who neither reads it to its end nor closes it, and who closes it twice', async () => {
    assert.deepEqual(await brokenBy(() => {}, two), ['B4 above lint'])
    assert.deepEqual(await brokenBy((body) => body.next(), two), ['B4 above lint'])
    const twice = (body: Iterator<unknown>) => {
      body.return?.()
      body.return?.()
    }
    assert.deepEqual(await brokenBy(twice, two), ['B4 above lint'])
  })

  async function* later(...chunks: (string | Uint8Array)[]) {
    yield* chunks
  }
  const sends = (body: () => AsyncIterable<string | Uint8Array>, length?: number) =>
    stack(http(), lint(), ({ response }) => {
      response.body = body()
      if (length !== undefined) {
        response.header_list = new HeaderList([
          ['Content-Type', 'text/plain; charset=utf-8'],
          ['Content-Length', String(length)],
        ])
      }
    })

  it('B1: refuses bytes under unicode', async () => {
    const app = sends(() => later(Buffer.from('bytes')))
    await using served = await client(app)
    await served.request('GET /').catch(() => {})
    assert.deepEqual(told(served.errors).slice(0, 1), ['B1 below lint'])
  })

  it('B5: holds a body in chunks to its Content-Length, and not that of HEAD', async () => {
    const answer = await request(
      sends(() => later('Grü', 'ße'), 7),
      'GET /',
    )
    assert.deepEqual(told(answer.errors), [])
    assert.equal(answer.text(), 'Grüße')
    for (const length of [5, 9]) {
      // The connection is cut, so there is no answer.
      await using app = await client(sends(() => later('Grü', 'ße'), length))
      await app.request('GET /').catch(() => {})
      assert.deepEqual(told(app.errors).slice(0, 1), ['B5 below lint'])
    }
    assert.deepEqual(
      told(
        (
          await request(
            sends(() => later('Grü', 'ße'), 5),
            'HEAD /',
          )
        ).errors,
      ),
      [],
    )
  })
})

function deferred(): { promise: Promise<void>; resolve: () => void } {
  let resolve = () => {}
  const promise = new Promise<void>((settle) => {
    resolve = settle
  })
  return { promise, resolve }
}
