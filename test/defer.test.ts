// defer(): what runs when the response's last byte is out, or the flow has ended. Rules 2 and 6 of DESIGN.md section 4.

import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Bag } from '../src/index.ts'
import { alias, lazy, part, pipe, run } from '../src/index.ts'
import { failing, messageOf, router, server, settled, Trace, through } from './tracing.ts'

/** A pipe that defers a note of its name. */
const defers = <const Name extends string>(t: Trace, name: Name) =>
  t.pipe(name, { enter: (bag) => bag.defer(() => t.note(`~${name}`)) })

describe('defer()', () => {
  it('runs newest first, whatever run of the flow it was called in', async () => {
    const t = new Trace()
    const inside = router({
      '/': part(
        defers(t, 'b'),
        through('in', (next) => next()),
        defers(t, 'c'),
      ),
    })
    await run(part(server(t), defers(t, 'a'), inside, defers(t, 'd')))
    assert.equal(`${t}`, '+a +b +c +d -d -c -b -a end ~d ~c ~b ~a')
  })

  it('awaits each before the next', async () => {
    const t = new Trace()
    const slow = t.pipe('slow', {
      enter: (bag) =>
        bag.defer(async () => {
          await settled()
          t.note('~slow')
        }),
    })
    await run(part(server(t), defers(t, 'a'), slow))
    assert.equal(`${t}`, '+a +slow -slow -a end ~slow ~a')
  })

  it('within a deferred function runs next', async () => {
    const t = new Trace()
    const nested = ({ defer }: Bag) =>
      defer(() => {
        t.note('~outer')
        defer(() => t.note('~inner'))
      })
    await run(part(server(t), defers(t, 'a'), nested))
    assert.equal(`${t}`, '+a -a end ~outer ~inner ~a')
  })

  it('within a leave or the terminal still runs at the end', async () => {
    const t = new Trace()
    let kept: Bag | undefined
    const leaves = t.pipe('a', {
      enter: (bag) => {
        kept = bag
      },
      leave: (bag) => bag.defer(() => t.note('~leave')),
    })
    await run(
      part(
        server(t, () => kept?.defer(() => t.note('~terminal'))),
        leaves,
      ),
    )
    assert.equal(`${t}`, '+a -a end ~terminal ~leave')
  })

  it('after the end runs at once', async () => {
    const t = new Trace()
    const bag = await run(part(t.pipe('a')))
    bag.defer(() => t.note('~late'))
    assert.equal(`${t}`, '+a -a ~late')
  })

  it('runs its functions also when the flow, its terminal and other deferred functions fail', async () => {
    const t = new Trace()
    const fails = t.pipe('fails', { enter: (bag) => bag.defer(failing('D')) })
    const caught = through('listener', async (next) => {
      await assert.rejects(
        async () => next(),
        (error) => messageOf(error) === 'T~D',
      )
    })
    await run(part(caught, server(t, failing('T')), defers(t, 'a'), fails, defers(t, 'b'), failing('E')))
    assert.equal(`${t}`, '+a +fails +b -b(E) -fails(E) -a(E) end(E) ~b ~a')
  })

  it('runs for a pipe whose enter failed after it', async () => {
    const t = new Trace()
    const fails = pipe('fails', (bag) => {
      bag.defer(() => t.note('released'))
      throw new Error('E')
    })
    await assert.rejects(run(part(t.pipe('a'), fails)), { message: 'E' })
    assert.equal(`${t}`, '+a -a(E) released')
  })

  it('belongs to the flow, not to the connection around it', async () => {
    const t = new Trace()
    const twice = through('twice', async (next) => {
      await next()
      await next()
    })
    await run(part(defers(t, 'connection'), twice, server(t), defers(t, 'a')))
    assert.equal(`${t}`, '+connection +a -a end ~a +a -a end ~a -connection ~connection')
  })

  it('below a part that begins a flow belongs to that flow', async () => {
    const t = new Trace()
    const begins = router({ '/': part(defers(t, 'a'), server(t), defers(t, 'b')) })
    await run(part(begins, defers(t, 'rest'), t.step('step')))
    assert.equal(`${t}`, '+a +b +rest step -rest -b end ~rest ~b -a ~a')
  })

  it('works from an aliased pipe, from a lazy one, and taken out of the bag', async () => {
    const t = new Trace()
    await run(
      part(
        alias(defers(t, 'a'), { a: 'other' }),
        lazy(defers(t, 'b')),
        (bag) => bag.enter('b'),
        ({ defer }) => defer(() => t.note('~c')),
      ),
    )
    assert.equal(`${t}`, '+a +b -b -a ~c ~b ~a')
  })

  it('refuses what is no function', async () => {
    const wrong = (bag: Bag) => bag.defer('soon' as never)
    await assert.rejects(run(part(wrong)), { code: 'OPTION_BAD', message: 'defer() takes a function, not string.' })
  })
})
