// The rules of a flow, of write() and of a body that is being read: what is noticed while it happens. Numbered F, W and B.

import type { Rule } from './rule.ts'

/** Rules of a flow. */
export const FLOW_RULES: Readonly<Record<'order' | 'once' | 'error' | 'waits' | 'undeclared' | 'missing', Rule>> = {
  order: {
    id: 'F1',
    what: 'Pipes are left in the reverse order of their entering',
    source: 'docs/reference/flow.md, Order',
  },
  once: {
    id: 'F2',
    what: 'Every pipe that was entered is left exactly once; one that was not, or whose `enter` threw, is not left',
    source: 'docs/reference/flow.md, Order',
  },
  error: {
    id: 'F3',
    what: 'Once there is an error, every `leave` is given one, also after `recover()`',
    source: 'docs/reference/flow.md, Errors',
  },
  waits: {
    id: 'F4',
    what: 'A `through` pipe is done when what it runs with `next` and `choose` is done, and not before; what it gives a `terminal` is a flow of its own, and may go on',
    source: 'docs/reference/flow.md, through',
  },
  undeclared: {
    id: 'F5',
    what: 'A pipe adds no marble but its own, or those that it declares in `adds` and `partsAdd`, and writes none into the bag itself',
    source: 'docs/reference/flow.md, Order and through',
  },
  missing: {
    id: 'F6',
    what: 'A marble that a `through` pipe declares is there whenever it runs what stands below',
    source: 'docs/reference/flow.md, through',
  },
}

/** Rules of `write`, as a server pipe gives it. */
export const WRITE_RULES: Readonly<Record<'kind' | 'late', Rule>> = {
  kind: {
    id: 'W1',
    what: '`write` is given text or bytes',
    source: 'PEP 3333, The write() Callable',
  },
  late: {
    id: 'W2',
    what: 'Nothing is written once the pipes below the server pipe have left',
    source: 'PEP 3333, The write() Callable; DESIGN.md, rule 6',
  },
}

/** Rules of a body and of those who read it. */
export const BODY_RULES: Readonly<Record<'chunk' | 'once' | 'after' | 'closed' | 'length', Rule>> = {
  chunk: {
    id: 'B1',
    what: "Each chunk is text or bytes, as `body_format` says: no text under an encoding, no bytes under `'unicode'`",
    source: 'PSGI, body_format',
  },
  once: {
    id: 'B2',
    what: 'A body is read by one reader, once',
    source: 'Rack; PEP 3333',
  },
  after: {
    id: 'B3',
    what: 'Nothing is asked of a body after its end, or after it was closed',
    source: 'Rack; ECMA-262, The Iterator Interface',
  },
  closed: {
    id: 'B4',
    what: 'A body is read to its end or closed, exactly once, also when the peer is gone',
    source: 'PEP 3333, close(); Rack',
  },
  length: {
    id: 'B5',
    what: 'A body that comes in chunks is as long as `Content-Length` says',
    source: 'RFC 9110 §8.6; PEP 3333, Handling the Content-Length Header',
  },
}
