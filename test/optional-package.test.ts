import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { UsageError } from '../src/errors.ts'
import { loadPackage } from '../src/optional-package.ts'

describe('an optional package', () => {
  it('is loaded', async () => {
    const { isIterable } = await loadPackage<typeof import('iterall')>('iterall', 'x()')
    assert.equal(isIterable([]), true)
  })

  it('that is missing is named with the command that installs it', async () => {
    for (const [specifier, name] of [
      ['no-such-package', 'no-such-package'],
      ['no-such-package/inner', 'no-such-package'],
      ['@no-such/package/inner', '@no-such/package'],
    ] as const) {
      await assert.rejects(loadPackage(specifier, 'x()'), (error) => {
        assert.ok(error instanceof UsageError)
        assert.equal(error.code, 'MODULE_BAD')
        assert.equal(error.message, `x() needs the package ${name}. Install it: npm install ${name}`)
        return error.cause instanceof Error
      })
    }
  })
})
