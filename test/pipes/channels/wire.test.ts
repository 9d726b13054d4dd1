import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import {
  CLOSE_CODES,
  closeMessage,
  complaint,
  complaintOf,
  creditMessage,
  ERROR_CODES,
  errorMessage,
  eventMessage,
  faultOf,
  isMessage,
  openMessage,
  toldError,
} from '../../../pipes/channels/wire.ts'
import { importsOf, ROOT } from '../../house/sources.ts'

describe('the wire of channels', () => {
  it('imports nothing, so that browsers can share it', () => {
    for (const path of ['pipes/channels/wire.ts', 'pipes/channels/channel-error.ts']) {
      assert.deepEqual([...importsOf(path)], [])
    }
  })

  it('understands what it says', () => {
    const said = [
      eventMessage('a', null, undefined),
      eventMessage('a', 0, '7'),
      openMessage('a', undefined, 0),
      openMessage('a', '7', 100),
      creditMessage('a', 1),
      closeMessage('a', 'going-away'),
      errorMessage('a', 'failed', 'why'),
    ]
    for (const message of said) assert.equal(isMessage(JSON.parse(JSON.stringify(message))), true)
    const nobody = complaint('bad-message', 'why')
    assert.equal(isMessage(nobody), false)
    assert.deepEqual(complaintOf(nobody), { code: 'bad-message', message: 'why' })
  })

  it('names are 1 to 255 UTF-16 units', () => {
    for (const [length, fits] of [
      [0, false],
      [1, true],
      [255, true],
      [256, false],
    ] as const) {
      assert.equal(isMessage({ channel: 'x'.repeat(length), event: 1 }), fits)
    }
  })

  it('makes what it can of an error', () => {
    assert.deepEqual(toldError({ code: 7, message: [] }), { code: 'failed', message: '' })
    assert.deepEqual(toldError({ code: 'x', message: 'y', more: 1 }), { code: 'x', message: 'y' })
    for (const none of [undefined, null, 'x', []]) assert.equal(toldError(none), undefined)
  })

  it('says of anything whether it is a message, and if not, why, in a few words', () => {
    fc.assert(
      fc.property(fc.oneof(fc.jsonValue(), fc.record({ channel: fc.string(), open: fc.jsonValue() })), (value) => {
        if (isMessage(value)) assert.ok(value.channel.length > 0)
        else assert.ok(faultOf(value).length < 100)
        complaintOf(value)
      }),
    )
  })

  it('its page names every code', () => {
    const page = readFileSync(join(ROOT, 'docs/reference/channels-wire.md'), 'utf8')
    for (const code of [...Object.keys(CLOSE_CODES), ...Object.keys(ERROR_CODES)]) {
      assert.ok(page.includes(`| \`${code}\` |`), code)
    }
  })
})
