import assert from 'node:assert/strict'
import { describe, it, mock } from 'node:test'
import fc from 'fast-check'
import { LineFramer } from '../../pipes/line/framer.ts'
import { line } from '../../pipes/line.ts'
import { UsageError } from '../../src/errors.ts'
import type { Raw } from '../../src/net/connection.ts'
import { stack } from '../../src/stack.ts'
import { cut, echoed, framesAnything, isPeer } from '../framing.ts'
import { Gate } from '../gate.ts'
import { serve, Wire } from '../wire.ts'

const framer = (maxBytes = 1_000) => new LineFramer(maxBytes)
const text = fc.oneof(fc.string(), fc.string({ unit: 'binary' })).map((each) =>
  Buffer.from(each)
    .toString()
    .replace(/[\r\n]/g, ' '),
)
const isUsage = (code: string) => (error: unknown) => error instanceof UsageError && error.code === code

describe('the framer of line()', () => {
  framesAnything(
    () => framer(),
    fc.oneof(
      text,
      text.map((each) => Buffer.from(each)),
    ),
  )

  const cases: [name: string, bytes: string, messages: string[], partial?: boolean][] = [
    ['LF', 'a\nb\n', ['a', 'b']],
    ['CRLF', 'a\r\nb\r\n', ['a', 'b']],
    ['both', 'a\r\nb\nc\r\n', ['a', 'b', 'c']],
    ['empty lines', '\n\r\n\n', ['', '', '']],
    ['a CR within a line is kept', 'a\rb\r\r\n', ['a\rb\r']],
    ['a line that has not ended', 'a\nb', ['a'], true],
    ['a CR that an LF may follow', 'a\r', [], true],
    ['characters of many bytes', 'ä€😀\n', ['ä€😀']],
    ['a byte order mark is kept', '\ufeffa\n', ['\ufeffa']],
    ['NUL', '\0\n', ['\0']],
  ]
  for (const [name, bytes, messages, partial = false] of cases) {
    it(`cuts ${name}`, () => {
      for (const asText of [false, true]) {
        const whole = framer()
        assert.deepEqual(cut(whole, [Buffer.from(bytes)], asText), [messages])
        assert.equal(whole.partial, partial)
        assert.deepEqual(
          cut(
            framer(),
            [...Buffer.from(bytes)].map((byte) => Uint8Array.of(byte)),
            asText,
          ),
          [messages],
        )
      }
    })
  }

  it('refuses a line that is longer than maxBytes, once it is, and gives those before it', () => {
    for (const asText of [false, true]) {
      for (const long of ['12345\n', '12345', '123456789', 'ääx\n', '12345\r\n']) {
        const [messages, error] = cut(framer(4), [Buffer.from(`1234\näää`.slice(0, 5)), Buffer.from(long)], asText)
        assert.deepEqual(messages, ['1234'])
        assert.ok(isPeer('MESSAGE_TOO_LONG', /longer than 4 bytes/)(error))
      }
      assert.deepEqual(cut(framer(4), [Buffer.from('1234\nää\n')], asText), [['1234', 'ää']])
    }
  })

  it('refuses what is not UTF-8, and gives the lines before it', () => {
    for (const bad of ['\xff', '\xc0\xaf', '\xed\xa0\x80', '\xe2\x82', '\xf4\x90\x80\x80']) {
      for (const asText of [false, true]) {
        const [messages, error] = cut(framer(), [Buffer.from(`a\n${bad}\nb\n`, 'latin1')], asText)
        assert.deepEqual(messages, ['a'])
        assert.ok(isPeer('MESSAGE_BAD', /not valid UTF-8/)(error))
      }
    }
  })

  it('refuses to send what would be two lines, or another one', () => {
    for (const message of ['a\nb', '\n', 'a\r', 'a\r\n']) {
      assert.throws(() => framer().frame(message), isUsage('WRITE_VALUE'))
      assert.throws(() => framer().frame(Buffer.from(message)), isUsage('WRITE_VALUE'))
    }
  })
})

describe('line()', () => {
  it('echoes lines', async () => {
    assert.deepEqual(await echoed(line(), 'a\r\nΓει', 'ά\n\n'), ['a\nΓειά\n\n', []])
  })

  it('is a message connection for what stands below', async () => {
    const kinds: string[] = []
    await using served = await serve(
      stack(line(), ({ connection }) => {
        kinds.push(connection.kind, connection.remote)
      }),
    )
    const wire = await Wire.open(served.address)
    await wire.closed()
    assert.equal(kinds[0], 'message')
    assert.match(kinds[1] ?? '', /^tcp:\/\/127\.0\.0\.1:\d+$/)
  })

  it('passes messages through untouched where it stands on a message connection', async () => {
    assert.deepEqual(await echoed(stack(line(), line()), 'a\nb\r\n'), ['a\nb\n', []])
  })

  it('sends what is returned, and what is written, before it closes', async () => {
    await using served = await serve(
      stack(line(), async ({ write }) => {
        await write('first')
        await write(Buffer.from('second'))
        return 'third'
      }),
    )
    const wire = await Wire.open(served.address)
    assert.equal(await wire.closed(), 'end')
    assert.equal(wire.text(), 'first\nsecond\nthird\n')
  })

  const bad: [name: string, bytes: string, reply: string, code: string][] = [
    ['a line that is too long', 'a\n123456789', 'a\n', 'MESSAGE_TOO_LONG'],
    ['bytes that are not UTF-8', 'a\n\xff\n', 'a\n', 'MESSAGE_BAD'],
    ['an end within a line', 'a\nb', 'a\n', 'MESSAGE_TORN'],
  ]
  for (const [name, bytes, reply, code] of bad) {
    it(`ends the flow in error and closes for ${name}`, async () => {
      const [got, errors] = await echoed(line({ maxBytes: 8 }), Buffer.from(bytes, 'latin1'))
      assert.equal(got, reply)
      assert.equal(errors.length, 1)
      assert.ok(isPeer(code)(errors[0]))
    })
  }

  it('gives up a line that does not end in time, and no other', async () => {
    mock.timers.enable({ apis: ['setInterval'] })
    try {
      await using served = await serve(
        stack(line({ messageTimeoutMs: 1 }), async ({ read, write }) => {
          for await (const message of read()) await write(message)
        }),
      )
      const idle = await Wire.open(served.address)
      const slow = await Wire.open(served.address)
      idle.send('a\n')
      slow.send('a\nb')
      await slow.sees('a\n')
      await idle.sees('a\n')
      while (slow.over === undefined) {
        mock.timers.tick(250)
        await new Promise((resolve) => setImmediate(resolve))
      }
      assert.ok(isPeer('TIMEOUT')(served.errors[0]))
      idle.send('b\n')
      await idle.sees('b\n')
      idle.destroy()
    } finally {
      mock.timers.reset()
    }
  })

  it('holds back a writer whose peer does not read, and cuts that peer after stallTimeoutMs', async () => {
    mock.timers.enable({ apis: ['setInterval'] })
    try {
      let sent = 0
      const failed = new Gate<unknown>()
      await using served = await serve(
        stack(line({ stallTimeoutMs: 1 }), async ({ write, connection }: Raw) => {
          try {
            for (; sent < 100_000; sent++) await write('x'.repeat(1_000))
          } catch (error) {
            failed.open(error)
            await connection.close()
          }
        }),
      )
      const wire = await Wire.open(served.address)
      wire.socket?.pause()
      let over = false
      const error = failed.opened.finally(() => {
        over = true
      })
      while (!over) {
        mock.timers.tick(250)
        await new Promise((resolve) => setImmediate(resolve))
      }
      assert.ok(isPeer('CONNECTION_CLOSED')(await error))
      assert.ok(sent < 20_000, `${sent} messages of 1 KB were taken for a peer that reads none`)
      wire.destroy()
    } finally {
      mock.timers.reset()
    }
  })

  it('refuses options that are none', () => {
    for (const options of [{ maxBytes: 0 }, { maxBytes: 1.5 }, { messageTimeoutMs: Number.NaN }, { maxLength: 1 }]) {
      assert.throws(() => line(options), isUsage('OPTION_BAD'))
    }
  })

  it('refuses values that are no messages', async () => {
    // @ts-expect-error a number is no message
    const [, errors] = [0, await errorsOf(({ write }) => write(7))]
    assert.ok(isUsage('WRITE_VALUE')(errors[0]))
  })
})

async function errorsOf(step: (bag: Raw) => unknown): Promise<readonly unknown[]> {
  await using served = await serve(stack(line(), step))
  const wire = await Wire.open(served.address)
  await wire.closed()
  return [...served.errors]
}
