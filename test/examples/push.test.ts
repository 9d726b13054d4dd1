import assert from 'node:assert/strict'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, beforeEach, describe, test } from 'node:test'
import { push } from '../../examples/push/push.ts'
import { Store } from '../../examples/push/store.ts'
import type { Entry, Live } from '../../examples/push/wire.ts'
import { ChannelError, channels } from '../../pipes/channels.ts'
import { json } from '../../pipes/json.ts'
import { connect, listen, stack } from '../../src/index.ts'
import { type Answer, type Client, client } from '../../src/testing.ts'

const PASSWORD = 'correct horse'

const BAD: readonly (readonly [method: string, params: object])[] = [
  ['register', { name: 'a', password: PASSWORD }],
  ['register', { name: '<b>Ada</b>', password: PASSWORD }],
  ['register', { name: 'Ada', password: 'short' }],
  ['register', { name: ['Ada'], password: PASSWORD }],
  ['login', {}],
  ['login', ['Ada', PASSWORD]],
  ['change', { about: 'x'.repeat(141), hue: 1 }],
  ['change', { about: '', hue: 360 }],
  ['change', { about: '', hue: '1' }],
  ['say', { text: ' ' }],
  ['say', { text: 'bell\x07' }],
  ['say', { text: 'x'.repeat(501) }],
]

describe('examples/push', { timeout: 60_000 }, () => {
  const folder = mkdtempSync(join(tmpdir(), 'pipestack-push-'))
  after(() => rmSync(folder, { recursive: true }))
  let files = 0
  let file: string
  beforeEach(() => {
    file = join(folder, `${files++}.sqlite`)
  })

  const serve = () => client(push(new Store(file)))

  test('who registers is logged in, logs out, and logs in again', async () => {
    await using app = await serve()
    const registered = await call(app, 'register', { name: 'Ada', password: PASSWORD })
    const user = Object(resultOf(registered))
    assert.deepEqual([user.name, user.about], ['Ada', ''])
    const cookie = cookieOf(registered)
    assert.deepEqual(resultOf(await call(app, 'me', {}, cookie)), user)
    assert.equal(resultOf(await call(app, 'me', {})), null)
    const out = await call(app, 'logout', {}, cookie)
    assert.match(out.header('set-cookie') ?? '', /^session=; Path=\/; Max-Age=0;/)
    assert.equal(resultOf(await call(app, 'me', {}, cookie)), null)
    const again = await call(app, 'login', { name: 'ADA', password: PASSWORD })
    assert.notEqual(cookieOf(again), cookie)
    assert.deepEqual(resultOf(await call(app, 'me', {}, cookieOf(again))), user)
    assert.deepEqual(app.errors, [])
  })

  test('no script reads the cookie, and no other site makes it come along; by TLS it never goes without', async () => {
    await using app = await serve()
    const body = { jsonrpc: '2.0', id: 1, method: 'register', params: { name: 'Ada', password: PASSWORD } }
    const answer = await app.request('POST https://example.com/api', { body })
    assert.match(answer.header('set-cookie') ?? '', /; Path=\/; Max-Age=\d+; HttpOnly; SameSite=Lax; Secure$/)
  })

  test('neither passwords nor cookies are stored as they are', async () => {
    await using app = await serve()
    const [, token = ''] = cookieOf(await call(app, 'register', { name: 'Ada', password: PASSWORD })).split('=')
    const stored = readdirSync(folder).map((name) => readFileSync(join(folder, name), 'latin1'))
    assert.match(stored.join(), /Ada/)
    assert.doesNotMatch(stored.join(), new RegExp(`${PASSWORD}|${token}`))
  })

  test('a wrong password and an unknown name are answered alike, and only so often', async () => {
    await using app = await serve()
    await call(app, 'register', { name: 'Ada', password: PASSWORD })
    await call(app, 'register', { name: 'Bob', password: PASSWORD })
    const wrong = (name: string) => call(app, 'login', { name, password: 'wrong horse' })
    const refused = errorOf(await wrong('Ada'))
    assert.equal(refused.code, 401)
    assert.deepEqual(errorOf(await wrong('Nobody')), refused)
    // The registration and the first one counted, too.
    for (let attempt = 3; attempt <= 10; attempt++) assert.equal(errorOf(await wrong('ADA')).code, 401)
    assert.equal(errorOf(await call(app, 'login', { name: 'Ada', password: PASSWORD })).code, 429)
    assert.equal(errorOf(await wrong('Bob')).code, 401)
  })

  test('a name is taken once, in whatever spelling', async () => {
    await using app = await serve()
    await call(app, 'register', { name: 'Zoë', password: PASSWORD })
    for (const name of ['Zoë', 'ZOË', 'Zoe\u0308', 'ｚｏë']) {
      assert.equal(errorOf(await call(app, 'register', { name, password: PASSWORD })).code, 409, name)
    }
  })

  test('what is sent from the page of another site is refused, and nothing comes of it', async () => {
    await using app = await serve()
    const cookie = cookieOf(await call(app, 'register', { name: 'Ada', password: PASSWORD }))
    for (const origin of ['https://evil.example', 'null', 'http://localhost:81']) {
      for (const path of ['/api', '/poll', '/events']) {
        const headers = { Host: 'localhost', Origin: origin, Cookie: cookie }
        const answer = await app.request(`POST ${path}`, { headers, body: '{}' })
        assert.equal(answer.status, 403, `${origin} ${path}`)
      }
    }
    assert.equal(resultOf(await call(app, 'say', { text: 'hi' }, cookie, { Origin: 'http://localhost' })), null)
    assert.equal((await app.request('GET /api')).status, 405)
  })

  test('bad params are refused', async () => {
    await using app = await serve()
    const cookie = cookieOf(await call(app, 'register', { name: 'Somebody', password: PASSWORD }))
    for (const [method, params] of BAD) {
      assert.equal(errorOf(await call(app, method, params, cookie)).code, 422, JSON.stringify([method, params]))
    }
    assert.deepEqual(app.errors, [])
  })

  test('who is not logged in changes nothing, says nothing, and is told nothing', async () => {
    await using app = await serve()
    const stranger = `session=${'x'.repeat(43)}`
    assert.equal(errorOf(await call(app, 'say', { text: 'hi' }, stranger)).code, 401)
    assert.equal(errorOf(await call(app, 'change', { about: '', hue: 1 })).code, 401)
    await using listener = await listen('tcp://127.0.0.1:0', push(new Store(':memory:')))
    await using bag = await connect(`${listener.address.replace('tcp', 'ws')}/live`, live)
    for (const name of ['log', 'people'] as const) {
      await assert.rejects(take(bag.channels.open(name), 1), (error) => isLoginRequired(error))
    }
  })

  test('the log goes on behind what a page has, in the next process as in this one', async () => {
    const opened = async (from: Store, cookie: string | undefined, after?: string) => {
      const listener = await listen('tcp://127.0.0.1:0', push(from))
      const header = cookie === undefined ? '' : `#header=Cookie:%20${cookie}`
      const bag = await connect(`${listener.address.replace('tcp', 'ws')}/live${header}`, live)
      return {
        log: bag.channels.open('log', { after }),
        stop: async () => {
          await bag[Symbol.asyncDispose]()
          await listener.close()
        },
      }
    }
    const cookie = await registered(new Store(file))
    const store = new Store(file)
    const first = await opened(store, cookie)
    assert.deepEqual(texts(await take(first.log, 1)), ['registered'])
    for (let number = 0; number < 150; number++) store.addEntry('Ada', 'said', `${number}`)
    await first.stop()
    const second = await opened(new Store(file), cookie, first.log.after)
    const rest = await take(second.log, 150)
    assert.deepEqual(
      rest.map(({ number, text }) => [number, text]),
      Array.from({ length: 150 }, (_, at) => [at + 2, `${at}`]),
    )
    await second.stop()
    // An id of another database, and none of ours: the page begins anew.
    for (const after of ['9999', 'x', undefined]) {
      const third = await opened(new Store(file), cookie, after)
      assert.equal((await take(third.log, 1))[0]?.number, 102)
      await third.stop()
    }
  })

  test('who logs out is told nothing more on the pages that are open', async () => {
    await using listener = await listen('tcp://127.0.0.1:0', push(new Store(file)))
    const url = listener.address.replace('tcp', 'http')
    const post = (method: string, params: object, headers = {}) =>
      fetch(`${url}/api`, { method: 'POST', headers, body: JSON.stringify({ jsonrpc: '2.0', id: 1, method, params }) })
    const answer = await post('register', { name: 'Ada', password: PASSWORD })
    const [cookie = ''] = (answer.headers.get('set-cookie') ?? '').split(';')
    await using bag = await connect(`${listener.address.replace('tcp', 'ws')}/live#header=Cookie:%20${cookie}`, live)
    const [log, people] = [bag.channels.open('log'), bag.channels.open('people')]
    await take(log, 1)
    assert.deepEqual(
      (await take(people, 1)).flat().map(({ name, writing }) => [name, writing]),
      [['Ada', false]],
    )
    await people.emit('writing')
    assert.equal((await take(people, 1)).flat()[0]?.writing, true)
    await post('logout', {}, { Cookie: cookie })
    await assert.rejects(take(log, 1), (error) => isLoginRequired(error))
    await assert.rejects(take(people, 1), (error) => isLoginRequired(error))
  })
})

const live = stack(json(), channels.client<Live>())

/** The cookie of somebody who has registered. */
async function registered(store: Store): Promise<string> {
  await using app = await client(push(store))
  return cookieOf(await call(app, 'register', { name: 'Ada', password: PASSWORD }))
}

function call(app: Client, method: string, params: object, cookie = '', headers = {}): Promise<Answer> {
  const body = { jsonrpc: '2.0', id: 1, method, params }
  return app.request('POST /api', { headers: { Host: 'localhost', Cookie: cookie, ...headers }, body })
}

function resultOf(answer: Answer): unknown {
  assert.equal(answer.status, 200)
  const { result, error } = Object(answer.json())
  assert.equal(error, undefined)
  return result
}

function errorOf(answer: Answer): { code: number; message: string } {
  return Object(answer.json()).error ?? assert.fail(answer.text())
}

function cookieOf(answer: Answer): string {
  return /^session=[\w-]{43}/.exec(answer.header('set-cookie') ?? '')?.[0] ?? assert.fail(answer.text())
}

/** Takes so many events. */
async function take<Event>(channel: AsyncIterable<Event>, count: number): Promise<Event[]> {
  const taken: Event[] = []
  for await (const event of channel) if (taken.push(event) === count) break
  return taken
}

function texts(entries: readonly Entry[]): string[] {
  return entries.map(({ deed, text }) => (deed === 'said' ? text : deed))
}

function isLoginRequired(error: unknown): boolean {
  return error instanceof ChannelError && error.code === 'login-required'
}
