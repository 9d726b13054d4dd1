// interrupt(): rule 2 of DESIGN.md section 4, wherever it is called.

import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { alias, lazy, part, pipe, run } from '../src/index.ts'
import { failing, router, Trace, through } from './tracing.ts'

describe('interrupt()', () => {
  it('in an enter still enters that pipe, and leaves it', async () => {
    const t = new Trace()
    await run(part(t.pipe('a'), t.pipe('b', { enter: (bag) => bag.interrupt() }), t.pipe('c')))
    assert.equal(`${t}`, '+a +b -b -a')
  })

  it('in an asynchronous enter does the same', async () => {
    const t = new Trace()
    await run(part(t.slow('a'), t.slow('b', { enter: (bag) => bag.interrupt() }), t.slow('c')))
    assert.equal(`${t}`, '+a +b -b -a')
  })

  it('in a nested part stops the parts around it too', async () => {
    const t = new Trace()
    const stops = t.step('stop', (bag) => bag.interrupt())
    await run(part(t.pipe('a'), part(t.pipe('b'), part(stops, t.pipe('c')), t.pipe('d')), t.pipe('e')))
    assert.equal(`${t}`, '+a +b stop -b -a')
  })

  it('in a chosen part keeps the rest of the stack from being entered', async () => {
    const t = new Trace()
    const stops = t.step('stop', (bag) => bag.interrupt())
    await run(part(t.pipe('a'), router({ '/': part(t.pipe('b'), stops, t.pipe('c')) }), t.pipe('rest')))
    assert.equal(`${t}`, '+a +b stop -b -a')
  })

  it('on the bag of an outer pipe stops what runs inside', async () => {
    const t = new Trace()
    const guard = pipe('guard', (bag) => ({ deny: () => bag.interrupt() }))
    await run(
      part(
        t.pipe('a'),
        guard,
        router({
          '/': part(
            t.pipe('b'),
            through('in', (next) => next()),
          ),
        }),
        ({ guard }) => guard.deny(),
        t.step('unreached'),
      ),
    )
    assert.equal(`${t}`, '+a +b -b -a')
  })

  it('on the bag of a chosen part stops the rest of the stack that runs inside it', async () => {
    const t = new Trace()
    let deny = () => {}
    const guard = t.pipe('guard', {
      enter: (bag) => {
        deny = bag.interrupt
      },
    })
    await run(part(router({ '/': guard }), t.pipe('a'), () => deny(), t.step('unreached')))
    assert.equal(`${t}`, '+guard +a -a -guard')
  })

  it('by a through pipe makes its next() enter nothing', async () => {
    const t = new Trace()
    const stops = through('stops', (next, bag) => {
      bag.interrupt()
      return next()
    })
    await run(part(t.pipe('a'), stops, t.step('unreached')))
    assert.equal(`${t}`, '+a -a')
  })

  it('ends a run, not the through pipe around it, which may run again', async () => {
    const t = new Trace()
    const twice = through('twice', async (next) => {
      await next()
      await next()
    })
    await run(
      part(
        t.pipe('a'),
        twice,
        t.step('stop', (bag) => bag.interrupt()),
        t.step('unreached'),
      ),
    )
    assert.equal(`${t}`, '+a stop stop -a')
  })

  it('waits for an enter under way, which another may interrupt', async () => {
    const t = new Trace()
    let interrupt = () => {}
    const first = t.pipe('a', {
      enter: (bag) => {
        interrupt = bag.interrupt
      },
    })
    await run(part(first, t.slow('b', { enter: () => interrupt() }), t.step('unreached')))
    assert.equal(`${t}`, '+a +b -b -a')
  })

  it('in a leave changes nothing', async () => {
    const t = new Trace()
    await run(part(t.pipe('a'), t.pipe('b', { leave: (bag) => bag.interrupt() }), t.pipe('c')))
    assert.equal(`${t}`, '+a +b +c -c -b -a')
  })

  it('does not hide an error thrown after it', async () => {
    const t = new Trace()
    const stops = t.step('stop', (bag) => {
      bag.interrupt()
      throw new Error('E')
    })
    await assert.rejects(run(part(t.pipe('a'), stops)), { message: 'E' })
    assert.equal(`${t}`, '+a stop -a(E)')
  })

  it('works from the view of an aliased pipe and from a lazy one', async () => {
    const t = new Trace()
    const stops = t.pipe('stop', { enter: (bag) => bag.interrupt() })
    await run(part(alias(stops, { stop: 'halt' }), t.step('unreached')))
    await run(part(lazy(stops), (bag) => bag.enter('stop'), t.step('unreached')))
    assert.equal(`${t}`, '+stop -stop +stop -stop')
  })

  it('does not keep a flow from being left when a leave fails', async () => {
    const t = new Trace()
    const b = t.pipe('b', { enter: (bag) => bag.interrupt(), leave: failing('L') })
    await assert.rejects(run(part(t.pipe('a'), b, t.pipe('c'))), { message: 'L' })
    assert.equal(`${t}`, '+a +b -b -a(L)')
  })
})
