import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { isWelcome } from '../../../pipes/websocket/origin.ts'
import { type Environ, environTemplate } from '../../../src/psgi/environ.ts'
import { Input } from '../../../src/psgi/input.ts'

const environ = (origin: string | undefined, host: string, scheme = 'http') => {
  const fields: [string, string][] = host === '' ? [] : [['Host', host]]
  if (origin !== undefined) fields.push(['Origin', origin])
  const server = { scheme, local: 'tcp://127.0.0.1:80', remote: 'tcp://127.0.0.1:9' }
  return environTemplate(fields, host, server, new Input(undefined))
}

describe('the origin of a page', () => {
  const table: [origin: string | undefined, host: string, scheme: string, welcome: boolean][] = [
    [undefined, 'a.example', 'http', true],
    ['http://a.example', 'a.example', 'http', true],
    ['http://A.EXAMPLE', 'a.example', 'http', true],
    ['http://a.example', 'a.example:80', 'http', true],
    ['https://a.example', 'a.example:443', 'https', true],
    ['http://a.example:8080', 'a.example:8080', 'http', true],
    ['http://[::1]:8080', '[::1]:8080', 'http', true],
    // A proxy in front may speak TLS.
    ['https://a.example', 'a.example', 'http', true],
    // And whoever is between a page without TLS and its reader may have made it.
    ['http://a.example', 'a.example', 'https', false],
    ['http://b.example', 'a.example', 'http', false],
    ['http://sub.a.example', 'a.example', 'http', false],
    ['http://a.example.evil', 'a.example', 'http', false],
    ['http://a.example:8080', 'a.example', 'http', false],
    ['http://a.example', 'a.example:8080', 'http', false],
    ['https://a.example', 'a.example:80', 'http', false],
    ['http://a.example/', 'a.example', 'http', false],
    ['http://user@a.example', 'a.example', 'http', false],
    ['ftp://a.example', 'a.example', 'http', false],
    ['null', 'a.example', 'http', false],
    ['null', 'null', 'http', false],
    ['', '', 'http', false],
    ['http://', '', 'http', false],
    ['a.example', 'a.example', 'http', false],
    ['http://a.example, http://b.example', 'a.example', 'http', false],
  ]
  for (const [origin, host, scheme, welcome] of table) {
    it(`${origin} ${welcome ? 'may' : 'may not'} connect to ${host} by ${scheme}`, async () => {
      assert.equal(await isWelcome(environ(origin, host, scheme), undefined), welcome)
    })
  }

  it('is looked up in a list, and nothing else counts then', async () => {
    const listed = new Set(['https://app.example', 'null'])
    for (const [origin, welcome] of [
      ['https://app.example', true],
      ['null', true],
      ['http://app.example', false],
      ['http://a.example', false],
      [undefined, true],
    ] as const) {
      assert.equal(await isWelcome(environ(origin, 'a.example'), listed), welcome, origin)
    }
  })

  it('is shown to a function, whose true is the only yes', async () => {
    const asked: string[] = []
    const answers: unknown[] = [true, Promise.resolve(true), false, 1, 'yes', undefined]
    const results: boolean[] = []
    for (const given of answers) {
      const ask = (origin: string, { HTTP_HOST }: Environ) => {
        asked.push(`${origin} ${HTTP_HOST}`)
        // What those give whom no compiler stops.
        return given as boolean
      }
      results.push(await isWelcome(environ('https://b.example', 'a.example'), ask))
    }
    assert.deepEqual(results, [true, true, false, false, false, false])
    assert.deepEqual(new Set(asked), new Set(['https://b.example a.example']))
    assert.equal(await isWelcome(environ(undefined, 'a.example'), () => false), true)
  })
})
