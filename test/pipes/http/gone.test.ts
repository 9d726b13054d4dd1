import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { setImmediate as turn, setTimeout as wait } from 'node:timers/promises'
import { isReasonOf } from '../../../pipes/http/gone.ts'
import { PeerError } from '../../../src/errors.ts'
import { Frames } from '../../frames.ts'
import { Gate } from '../../gate.ts'
import { ask, type HttpPipe, serveHttp, Wire } from '../../wire.ts'

/** Asks for `/`, waits until the flow has begun, and goes away. */
const ways: Readonly<Record<string, (address: string, begun: Promise<void>) => Promise<Disposable>>> = {
  'that closes': (address, begun) => leave(address, begun, (wire) => wire.destroy()),
  'that resets': (address, begun) => leave(address, begun, (wire) => wire.socket?.resetAndDestroy()),
  'that ends its side': (address, begun) => leave(address, begun, (wire) => wire.end()),
  'of HTTP/2 that resets its stream': (address, begun) => leaveHttp2(address, begun, (frames) => frames.reset(1)),
  'of HTTP/2 that closes': (address, begun) => leaveHttp2(address, begun, (frames) => frames.wire.destroy()),
}

async function leave(address: string, begun: Promise<void>, go: (wire: Wire) => void): Promise<Wire> {
  const wire = await Wire.open(address)
  wire.send(ask())
  await begun
  go(wire)
  return wire
}

async function leaveHttp2(address: string, begun: Promise<void>, go: (frames: Frames) => void): Promise<Frames> {
  const frames = await Frames.open(address)
  frames.ask(1)
  await begun
  go(frames)
  return frames
}

/** What a flow does that waits for its peer to go away. */
type Waits = (signal: AbortSignal) => Promise<unknown>

const fired = (signal: AbortSignal) =>
  new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }))
const throwsReason: Waits = async (signal) => {
  await fired(signal)
  throw signal.reason
}
const isAborted: Waits = (signal) => wait(60_000, undefined, { signal })

/** The errors that are reported of a flow that waits in this way, in its step or in its body. */
async function reported(way: keyof typeof ways, waits: Waits, where: 'step' | 'body'): Promise<unknown[]> {
  const [begun, over] = [new Gate(), new Gate()]
  const below: HttpPipe = async ({ signal, response, defer }) => {
    defer(() => over.open())
    if (where === 'step') {
      begun.open()
      await waits(signal)
    }
    response.body = (async function* () {
      yield 'first'
      begun.open()
      await waits(signal)
    })()
  }
  await using served = await serveHttp(below)
  using _peer = await ways[way]?.(served.address, begun.opened)
  await over.opened
  await turn()
  return served.errors
}

describe('an error of a flow whose peer is gone', { timeout: 20_000 }, () => {
  for (const way of Object.keys(ways)) {
    for (const where of ['step', 'body'] as const) {
      it(`is not reported where it is the reason of its signal: a peer ${way}, in a ${where}`, async () => {
        assert.deepEqual(await reported(way, throwsReason, where), [])
      })

      it(`is not reported where it is an AbortError by that reason: a peer ${way}, in a ${where}`, async () => {
        assert.deepEqual(await reported(way, isAborted, where), [])
      })
    }

    it(`is reported where it is any other, also that another connection is closed: a peer ${way}`, async () => {
      for (const own of [new Error('own'), new PeerError('CONNECTION_CLOSED', 'the database is gone')]) {
        const errors = await reported(
          way,
          async (signal) => {
            await fired(signal)
            throw own
          },
          'step',
        )
        assert.deepEqual(errors, [own])
      }
    })
  }
})

describe('the reason of a signal', () => {
  it('is none before the signal has fired', () => {
    const controller = new AbortController()
    assert.equal(isReasonOf(controller.signal, undefined), false)
    assert.equal(isReasonOf(controller.signal, controller.signal.reason), false)
  })

  it('is no AbortError of another signal', async () => {
    const [controller, other] = [new AbortController(), new AbortController()]
    controller.abort(new Error('one'))
    other.abort(new Error('two'))
    const error: unknown = await wait(60_000, undefined, { signal: other.signal }).catch((thrown: unknown) => thrown)
    assert.equal(isReasonOf(other.signal, error), true)
    assert.equal(isReasonOf(controller.signal, error), false)
    assert.equal(isReasonOf(controller.signal, new Error('own', { cause: controller.signal.reason })), false)
  })
})
