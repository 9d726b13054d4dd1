// A body that is given to a taker: the same chunks as read() gives, the same errors, closed in the same cases.

import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import type { Awaitable } from '../../src/bag.ts'
import { type ChunkTaker, open_body } from '../../src/psgi/body-reader.ts'
import { ASYNC, readBody, SYNC, WATCHED, withBody } from './body-kinds.ts'
import { isRefusal } from './encode-error.ts'

class Log implements ChunkTaker {
  readonly seen: unknown[] = []
  readonly #wait: (chunk: unknown) => Awaitable<void>

  constructor(wait: (chunk: unknown) => Awaitable<void> = () => {}) {
    this.#wait = wait
  }

  take(chunk: string | Uint8Array): Awaitable<void> {
    this.seen.push(chunk)
    return this.#wait(chunk)
  }

  end(): Awaitable<void> {
    this.seen.push('end')
    return this.#wait('end')
  }
}

describe('a body given to a taker', () => {
  for (const [kind, make] of Object.entries({ ...SYNC, ...ASYNC })) {
    it(`comes whole and in order, without what is empty: ${kind}`, async () => {
      for (const wait of [() => {}, () => turn()]) {
        const log = new Log(wait)
        await open_body(withBody(make(['a', '', 'b', 'c\ud83d', '\ude00']))).each(log)
        assert.equal(log.seen.join(''), 'abc😀end')
        assert.equal(log.seen.at(-1), 'end')
        assert.ok(!log.seen.includes(''))
      }
    })
  }

  it('makes no promise where neither the body nor the taker makes one', () => {
    for (const [kind, make] of Object.entries(SYNC)) {
      const log = new Log()
      assert.equal(open_body(withBody(make(['a', 'b']))).each(log), undefined, kind)
      assert.deepEqual(log.seen, ['a', 'b', 'end'], kind)
    }
  })

  it('waits for the taker before it reads on', async () => {
    for (const [kind, make] of Object.entries({ ...SYNC, ...ASYNC })) {
      let busy = 0
      const log = new Log(async () => {
        assert.equal(busy++, 0, kind)
        await turn()
        busy--
      })
      await open_body(withBody(make(['a', 'b', 'c']))).each(log)
      assert.equal(log.seen.join(''), 'abcend', kind)
    }
  })

  it('takes up text that ends within a surrogate pair', async () => {
    const log = new Log()
    await open_body(withBody(['a', '\ud83d'])).each(log)
    assert.deepEqual(log.seen, ['a', '\ufffd', 'end'])
  })
})

describe('a body given to a taker that fails', () => {
  for (const [kind, make] of Object.entries(WATCHED)) {
    it(`is closed by a chunk that is none: ${kind}`, async () => {
      const closed: string[] = []
      const log = new Log()
      await assert.rejects(
        async () => open_body(withBody(make(closed, 5))).each(log),
        (error) => isRefusal(error, 'FORMAT_MISMATCH', ['response.body[1] is a number']),
      )
      assert.deepEqual(log.seen, ['a'])
      assert.deepEqual(closed, ['closed'])
    })

    it(`is closed by what the taker throws, at once or later, and that is what is thrown: ${kind}`, async () => {
      const own = new Error('own')
      const ways: ((chunk: unknown) => Awaitable<void>)[] = [
        () => {
          throw own
        },
        async () => {
          await turn()
          throw own
        },
      ]
      for (const way of ways) {
        const closed: string[] = []
        await assert.rejects(
          async () => open_body(withBody(make(closed, 'b'))).each(new Log(way)),
          (error) => error === own,
        )
        await turn()
        assert.deepEqual(closed, ['closed'])
      }
    })

    it(`stops without an end where somebody closes it meanwhile: ${kind}`, async () => {
      const closed: string[] = []
      const reader = open_body(withBody(make(closed, 'b')))
      const log = new Log(() => {
        reader.close()
      })
      await reader.each(log)
      assert.deepEqual(log.seen, ['a'])
      await turn()
      assert.deepEqual(closed, ['closed'])
    })
  }

  it('is not held up by a body that does not end, where its chunk was refused by the taker', {
    timeout: 5_000,
  }, async () => {
    const own = new Error('own')
    const endless = {
      [Symbol.asyncIterator]: () => endless,
      next: async () => ({ done: false, value: 'a' }),
      return: () => new Promise<never>(() => {}),
    }
    const log = new Log(() => {
      throw own
    })
    await assert.rejects(
      async () => open_body(withBody(endless)).each(log),
      (error) => error === own,
    )
  })

  it('drops what it throws after somebody has closed it', async () => {
    const reader = open_body(
      withBody({
        async *[Symbol.asyncIterator]() {
          yield 'a'
          await turn()
          throw new Error('too late')
        },
      }),
    )
    const log = new Log()
    const reading = reader.each(log)
    while (log.seen.length === 0) await turn()
    reader.close()
    await reading
    assert.deepEqual(log.seen, ['a'])
  })

  it('gives the same as read()', async () => {
    for (const make of Object.values({ ...SYNC, ...ASYNC })) {
      const chunks = ['ä', new Uint8Array([1, 2]), 'b\ud83d', '\ude00c']
      const log = new Log()
      await open_body(withBody(make(chunks))).each(log)
      assert.deepEqual(log.seen.slice(0, -1), await readBody(make(chunks)))
    }
  })
})
