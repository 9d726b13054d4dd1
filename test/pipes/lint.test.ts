import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type HttpMarbles, http } from '../../pipes/http.ts'
import { CHAPTERS } from '../../pipes/lint/chapters.ts'
import { RESPONSE_RULES } from '../../pipes/lint/response-rules.ts'
import { type LintOptions, lint, lintAll } from '../../pipes/lint.ts'
import { alias, HeaderList, type Pipe, part, pipe, type Raw, ResponseMarble, run, stack } from '../../src/index.ts'
import type { Step } from '../../src/pipe.ts'
import { request } from '../../src/testing.ts'
import { specPage } from '../docs/spec-page.ts'
import { read } from '../house/sources.ts'
import { ANSWER_CASES, type Case, ENVIRON_CASES, RESPONSE_CASES } from './lint-cases.ts'
import { told } from './lint-told.ts'

const linted = async (app: Pipe<Raw, object>, line = 'GET /', options: LintOptions = {}) =>
  request(lintAll(app, options), line)

describe('lint()', () => {
  describe('each rule has a case that breaks it, which is told, and one that keeps it', () => {
    for (const { rule, line = 'GET /', breaks, keeps } of [...ENVIRON_CASES, ...RESPONSE_CASES, ...ANSWER_CASES]) {
      it(rule, async () => {
        const named = (step: Case['breaks']) => Object.defineProperty(step, 'name', { value: 'culprit' })
        const answer = await linted(stack(http(), named(breaks)), line)
        assert.deepEqual(told(answer.errors).slice(0, 1), [`${rule} culprit`])
        assert.equal(answer.status, 500)
        assert.deepEqual(told((await linted(stack(http(), named(keeps)), line)).errors), [])
      })
    }

    it('R1', () => {
      const [rule] = RESPONSE_RULES
      const own = new ResponseMarble().toJSON()
      assert.equal(rule?.id, 'R1')
      assert.equal(rule?.broken(own), undefined)
      assert.equal(rule?.broken(Object.assign({}, own, { extra: 1 })), 'response has an attribute "extra"')
      const { body: _, ...without } = own
      assert.equal(rule?.broken(Object.assign(Object.create({}), without)), 'response has no body')
    })

    it('no rule of environ, response and answer is left out', () => {
      const tried = [...ENVIRON_CASES, ...RESPONSE_CASES, ...ANSWER_CASES].map(({ rule }) => rule)
      const wanted = CHAPTERS.filter(({ letter }) => 'ERA'.includes(letter)).flatMap(({ rules }) => rules)
      assert.deepEqual(
        tried,
        wanted.map(({ id }) => id).filter((id) => id !== 'R1'),
      )
    })
  })

  it('checks the environ that comes from above, and the response that comes from below', async () => {
    const spoil: Step<HttpMarbles> = ({ environ }) => {
      environ.REQUEST_METHOD = 'G T'
    }
    assert.deepEqual(told((await request(stack(http(), spoil, lint()), 'GET /')).errors), ['E4 above lint'])
    const below = stack(http(), lint(), ({ response }) => {
      response.status = 'OK'
    })
    assert.deepEqual(told((await request(below, 'GET /')).errors), ['R3 below lint'])
  })

  it('warns, and the flow goes on', async () => {
    const app = stack(http(), lint({ on: 'warn' }), ({ response }) => {
      response.body = Buffer.from('bytes')
    })
    const answer = await request(app, 'GET /')
    assert.equal(answer.status, 200)
    assert.equal(answer.text(), 'bytes')
    assert.deepEqual(told(answer.errors), ['A3 below lint'])
  })

  it('stands below an aliased server pipe, in the same alias', async () => {
    const app = stack(alias(part(http(), lint()), { response: 'http_response' }), ({ http_response }) => {
      http_response.header_list = new HeaderList([['Status', '200']])
    })
    assert.deepEqual(told((await request(app, 'GET /')).errors), ['R8 below lint'])
  })

  it('does nothing where there is no request', async () => {
    let seen: unknown
    await run(
      part(
        lint(),
        pipe('one', () => 1),
        ({ one }) => {
          seen = one
        },
      ),
    )
    assert.equal(seen, 1)
  })

  it('refuses options that it does not have', () => {
    const code = 'OPTION_BAD'
    // @ts-expect-error: no such value
    assert.throws(() => lint({ on: 'cry' }), { code })
    // @ts-expect-error: no such option
    assert.throws(() => lintAll(stack(http()), { off: true }), { code })
  })
})

describe('lint() and write', () => {
  it('W1: refuses what is no text and no bytes', async () => {
    const app = stack(http(), lint(), (bag) => Reflect.apply(bag.write, bag, [7]))
    assert.deepEqual(told((await request(app, 'GET /')).errors), ['W1 below lint'])
  })

  it('W2: refuses what is written after the pipes have left', async () => {
    let late: HttpMarbles['write'] | undefined
    const app = stack(http(), lint(), ({ write }) => {
      late = write
      return 'text'
    })
    assert.equal((await request(app, 'GET /')).text(), 'text')
    assert.throws(() => late?.('more'), /^UsageError: lint W2: /)
  })

  it('A8: counts what is written, in the charset of the response', async () => {
    const app = (length: number) =>
      stack(http(), lint(), ({ response, write }) => {
        response.header_list = new HeaderList([
          ['Content-Type', 'text/plain; charset=shift_jis'],
          ['Content-Length', String(length)],
        ])
        return write('日本')
      })
    assert.deepEqual(told((await request(app(4), 'GET /')).errors), [])
    assert.deepEqual(told((await request(app(6), 'GET /')).errors), ['A8 below lint'])
  })
})

describe('the specification', () => {
  it('is the page that the rules make', () => {
    assert.equal(read('docs/reference/spec.md'), specPage(), 'it is stale: run node dist/test/docs/spec-page.js')
  })

  it('numbers its rules once, in order, in the letter of the chapter', () => {
    for (const { letter, rules } of CHAPTERS) {
      assert.deepEqual(
        rules.map(({ id }) => id),
        rules.map((_, index) => `${letter}${index + 1}`),
      )
      for (const { what, source } of rules) assert.ok(what !== '' && source !== '' && !what.endsWith('.'))
    }
  })
})
