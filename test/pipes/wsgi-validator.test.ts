import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type WsgiApp, wsgi } from '../../pipes/wsgi.ts'
import { closing, get, gives, isUsage, ok, TYPE, untyped } from './wsgi/applications.ts'

describe('wsgi.validator()', () => {
  it('lets through what keeps the rules', async () => {
    const log: string[] = []
    const app: WsgiApp = async (_environ, start) => {
      const write = ok(start)
      await write('a')
      return closing(['b'], log)
    }
    const reply = await get(wsgi.validator(app))
    assert.deepEqual([reply.body.toString(), reply.errors, log], ['ab', [], ['closed']])
    const failing = await get(wsgi.validator(async (_environ, start) => gives(start('204 None', []), [])))
    assert.deepEqual([failing.status, failing.errors], [204, []])
  })

  const start =
    (...given: unknown[]): WsgiApp =>
    (_environ, start_response) =>
      gives(Reflect.apply(start_response, undefined, given), ['a'])
  const cases: [name: string, words: RegExp, app: WsgiApp][] = [
    ['a status without a reason', /status/, start('200', [TYPE])],
    ['a status that is a number', /status/, start(200, [TYPE])],
    ['headers that are no array', /headers/, start('200 OK', new Map([TYPE]))],
    ['a Status header', /Status/, start('200 OK', [TYPE, ['Status', '200']])],
    ['a name with a colon', /name/, start('200 OK', [TYPE, ['a:', '200']])],
    ['a value with a line break', /control/, start('200 OK', [TYPE, ['a', 'b\r\nc: d']])],
    ['a field of the connection', /server/, start('200 OK', [TYPE, ['Keep-Alive', '5']])],
    ['no Content-Type', /Content-Type/, start('200 OK', [])],
    ['a Content-Type without content', /Content-Type/, start('304 Not Modified', [TYPE])],
    ['four arguments', /arguments/, start('200 OK', [TYPE], undefined, 1)],
    ['an exc_info that is no error', /exc_info/, start('200 OK', [TYPE], 'boom')],
    ['text in place of chunks', /iterable/, (_environ, begin) => gives(ok(begin), untyped('text'))],
    ['numbers as chunks', /chunk/, (_environ, begin) => gives(ok(begin), untyped([7]))],
    ['no start_response()', /start_response/, () => ['a']],
  ]
  for (const [name, words, app] of cases) {
    it(`tells of ${name}`, async () => {
      const reply = await get(wsgi.validator(app))
      assert.equal(reply.status, 500)
      assert.ok(isUsage('WSGI_BAD', words)(reply.errors[0]), String(reply.errors[0]))
    })
  }

  it('tells of servers', async () => {
    let environ: object = {}
    await get((given, begin) => {
      environ = given
      return gives(ok(begin), [])
    })
    const app = wsgi.validator((_environ, begin) => gives(ok(begin), ['a']))
    const begin = () => () => {}
    const call = (...given: unknown[]) => Reflect.apply(app, undefined, given)
    assert.throws(() => call(environ), isUsage('WSGI_BAD', /1 arguments/))
    assert.throws(() => call(new Map(), begin), isUsage('WSGI_BAD', /plain object/))
    for (const [changes, words] of [
      [{ HTTP_CONTENT_TYPE: 'a' }, /CONTENT_TYPE/],
      [{ SCRIPT_NAME: '/' }, /SCRIPT_NAME/],
      [{ PATH_INFO: 'a' }, /PATH_INFO/],
      [{ CONTENT_LENGTH: '-1' }, /CONTENT_LENGTH/],
      [{ SERVER_PORT: 80 }, /SERVER_PORT/],
      [{ 'wsgi.input': undefined }, /wsgi.input/],
      [{ 'wsgi.errors': {} }, /wsgi.errors/],
      [{ 'wsgi.url_scheme': 'ftp' }, /url_scheme/],
    ] as const) {
      assert.throws(() => call({ ...environ, ...changes }, begin), isUsage('WSGI_BAD', words))
    }
    assert.throws(() => call({ ...environ }, () => undefined), isUsage('WSGI_BAD', /write/))
    const chunks = call({ ...environ }, begin)
    await chunks.close()
    await assert.rejects(chunks.close(), isUsage('WSGI_BAD', /second time/))
    await assert.rejects(chunks.next(), isUsage('WSGI_BAD', /closed/))
  })
})
