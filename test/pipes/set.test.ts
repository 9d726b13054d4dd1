import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { http } from '../../pipes/http.ts'
import { router, set } from '../../pipes/router.ts'
import { set as own } from '../../pipes/set.ts'
import { part, run, stack, UsageError } from '../../src/index.ts'
import { request } from '../../src/testing.ts'

describe('set()', () => {
  const app = stack(
    http(),
    set('tenant', ({ environ }) => environ.HTTP_HOST?.split('.')[0] ?? ''),
    router(
      { acme: () => 'the page of acme', ':other': ({ route, tenant }) => `no ${route.params.other}, ${tenant}` },
      { by: ({ tenant }) => tenant },
    ),
  )

  it('adds a marble that a router can look up', async () => {
    assert.equal((await request(app, 'GET http://acme.example/')).text(), 'the page of acme')
    assert.equal((await request(app, 'GET http://zoo.example/')).text(), 'no zoo, zoo')
  })

  it('waits for a promise, and falsy values are values', async () => {
    const seen: unknown[] = []
    await run(
      part(
        set('zero', async () => 0),
        set('none', ({ zero }) => (zero === 0 ? null : 1)),
        ({ zero, none }) => void seen.push(zero, none),
      ),
    )
    assert.deepEqual(seen, [0, null])
  })

  it('is the same from both modules', () => assert.equal(set, own))

  it('refuses what is no name and no function', () => {
    const refused = (error: unknown) => error instanceof UsageError && error.code === 'OPTION_BAD'
    // @ts-expect-error a value is no function of the bag
    assert.throws(() => set('a', 1), refused)
    assert.throws(() => set('', () => 1), refused)
  })
})
