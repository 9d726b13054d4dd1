import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { http } from '../../pipes/http.ts'
import { stack } from '../../src/index.ts'
import { HeaderList } from '../../src/psgi/header-list.ts'
import { request } from '../../src/testing.ts'

/** Sends the body back as it comes. */
const echo = stack(http(), ({ environ, response }) => {
  response.header_list = new HeaderList([['Content-Type', environ.CONTENT_TYPE ?? 'none/none']])
  response.body = environ['wsgi.input']
})

describe('the body of a request', () => {
  it('sends bodies of every form, each with its type', async () => {
    async function* chunks() {
      yield 'Grü'
      yield new Uint8Array(0)
      yield Buffer.from('ße')
    }
    const form = new FormData()
    form.set('a', 'ü')
    const table: [NonNullable<Parameters<typeof request>[2]>['body'], string, string | RegExp][] = [
      ['Grüße', 'none/none', 'Grüße'],
      ['', 'none/none', ''],
      [Buffer.from('Grüße'), 'none/none', 'Grüße'],
      [new Uint16Array([0x4241]), 'none/none', 'AB'],
      [new TextEncoder().encode('AB').buffer, 'none/none', 'AB'],
      [chunks(), 'none/none', 'Grüße'],
      [new Blob(['AB'], { type: 'text/x' }), 'text/x', 'AB'],
      [new URLSearchParams({ a: 'ü b' }), 'application/x-www-form-urlencoded;charset=UTF-8', 'a=%C3%BC+b'],
      [form, 'multipart/form-data; boundary=', /name="a"\r\n\r\nü\r\n/],
      [{ a: ['ü'] }, 'application/json', '{"a":["ü"]}'],
      [[1, null], 'application/json', '[1,null]'],
      [new Date(0), 'application/json', '"1970-01-01T00:00:00.000Z"'],
    ]
    for (const [body, type, text] of table) {
      const answer = await request(echo, 'POST /', { body })
      assert.ok(answer.header('content-type')?.startsWith(type), `${answer.header('content-type')} is not ${type}`)
      if (typeof text === 'string') assert.equal(answer.text(), text)
      else assert.match(answer.text(), text)
    }
    const own = await request(echo, 'POST /', { body: { a: 1 }, headers: { 'content-type': 'application/ld+json' } })
    assert.equal(own.header('content-type'), 'application/ld+json')
  })
})
