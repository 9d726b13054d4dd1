import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import iconv from 'iconv-lite'
import { UsageError } from '../../../src/errors.ts'
import { HeaderList } from '../../../src/psgi/header-list.ts'
import { header } from '../../replies.ts'
import { answer, type HttpPipe, sends } from '../../wire.ts'

const page = 'Γειά σου, 你好, שלום 😀'

describe('text', () => {
  const charsets = [
    'utf-8',
    'shift_jis',
    'euc-jp',
    'gb18030',
    'big5',
    'euc-kr',
    'windows-1252',
    'iso-8859-7',
    'windows-1255',
    'koi8-r',
  ]
  const texts: Record<string, string> = {
    shift_jis: '日本語 ｶﾅ',
    'euc-jp': '日本語',
    big5: '中文',
    'euc-kr': '한국어',
    'windows-1252': 'Grüße €',
    'iso-8859-7': 'Γειά σου',
    'windows-1255': 'שלום',
    'koi8-r': 'Привет',
  }
  for (const charset of charsets) {
    const text = texts[charset] ?? page
    const wanted = iconv.encode(text, charset)
    const ways: [string, HttpPipe][] = [
      ['returned', () => text],
      [
        'written in pieces',
        async ({ write }) => {
          for (const unit of text.split('')) await write(unit)
        },
      ],
      ['as a body', sends({ body: () => text })],
      ['as an array', sends({ body: () => text.split('') })],
      ['from a generator', sends({ body: () => text.split('').values() })],
    ]
    for (const [way, below] of ways) {
      it(`is encoded in the ${charset} of its Content-Type: ${way}`, async () => {
        const reply = await answer(async (bag) => {
          bag.response.header_list = new HeaderList([['Content-Type', `text/plain; charset=${charset}`]])
          return (below as (bag: object) => unknown)(bag)
        })
        assert.equal(header(reply, 'content-type'), `text/plain; charset=${charset}`)
        assert.deepEqual(reply.body, wanted)
        assert.deepEqual(reply.errors, [])
      })
    }
  }

  it('that its charset lacks is a character reference in HTML, and an error elsewhere', async () => {
    const as =
      (type: string): HttpPipe =>
      ({ response }) => {
        response.header_list = new HeaderList([['Content-Type', type]])
        return 'é你'
      }
    assert.equal((await answer(as('text/html; charset=iso-8859-1'))).body.toString('latin1'), 'é&#20320;')
    const plain = await answer(as('text/plain; charset=iso-8859-1'))
    assert.equal(plain.status, 500)
    const [error] = plain.errors
    assert.ok(error instanceof UsageError && error.code === 'CHARACTER_MISSING')
  })
})
