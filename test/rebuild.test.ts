import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { http } from '../pipes/http.ts'
import { router } from '../pipes/router.ts'
import { compile } from '../src/compile.ts'
import { alias, lazy, pipe, stack } from '../src/index.ts'
import { type Rebuild, rebuild } from '../src/rebuild.ts'
import { RAW_NAMES } from '../src/stack.ts'

/** Changes nothing, and notes what it is asked for. */
function noting(): { readonly seen: string[]; readonly how: Rebuild } {
  const seen: string[] = []
  const verbs = (pipe: { name: string }, lazy: boolean) => {
    seen.push(lazy ? `lazy ${pipe.name}` : pipe.name)
    return {}
  }
  return { seen, how: { verbs, below: () => [] } }
}

describe('rebuild', () => {
  it('asks for the verbs of every pipe, also in routes, aliases and lazy pipes', () => {
    const { seen, how } = noting()
    const home = () => ''
    const db = pipe('db', () => 0)
    rebuild(
      stack(
        http(),
        lazy(db),
        alias(
          pipe('own', () => 0),
          { own: 'other' },
        ),
        router({ '/': home }),
      ),
      how,
    )
    assert.deepEqual(seen, ['http', 'lazy db', 'own', 'home', 'router'])
  })

  it('gives a stack that compiles to the same pipes, each opened once', () => {
    const { seen, how } = noting()
    const pool = { name: 'pool', open: () => seen.push('open') }
    const app = stack(pool, http(), router({ '/a': () => '', '/b': () => '' }), pool)
    const built = compile(rebuild(app, how), RAW_NAMES)
    const known = compile(app, RAW_NAMES)
    assert.deepEqual(
      built.members.map(({ name }) => name),
      known.members.map(({ name }) => name),
    )
    assert.deepEqual(built.segment.pipes, known.segment.pipes)
    assert.deepEqual(built.protocols, known.protocols)
  })

  it('calls the verbs of a pipe on the pipe itself', () => {
    class Counting {
      readonly name = 'counting'
      #opened = 0
      open() {
        return ++this.#opened
      }
    }
    const [member] = compile(rebuild(new Counting(), noting().how), RAW_NAMES).members
    assert.equal(member?.open?.(), 1)
  })

  it('puts pipes below others', () => {
    const how: Rebuild = { verbs: () => ({}), below: ({ name }) => (name === 'one' ? [pipe('two', () => 2)] : []) }
    const built = compile(
      rebuild(
        stack(
          pipe('one', () => 1),
          pipe('three', () => 3),
        ),
        how,
      ),
      RAW_NAMES,
    )
    assert.deepEqual(built.segment.pipes, ['one', 'two', 'three'])
  })
})
