// The internal fields of a bag, as symbols, so that no marble can collide with them; and the bits of `bag[FLAGS]`.

export const OUTER: unique symbol = Symbol('outer')
export const LAID: unique symbol = Symbol('laid')
export const ROOT: unique symbol = Symbol('root')
export const FLAGS: unique symbol = Symbol('flags')
export const COUNT: unique symbol = Symbol('count')
export const ERROR: unique symbol = Symbol('error')
export const LATE: unique symbol = Symbol('late')
export const DEFERRED: unique symbol = Symbol('deferred')
export const SIGNAL: unique symbol = Symbol('signal')
export const SEGMENT: unique symbol = Symbol('segment')
export const TARGET: unique symbol = Symbol('target')
export const REALM: unique symbol = Symbol('realm')
export const REAL: unique symbol = Symbol('real')
export const ASKER: unique symbol = Symbol('asker')
export const VIA: unique symbol = Symbol('via')

/** interrupt() was called on this bag: no further pipe is entered, here and in what runs inside. */
export const STOPPED = 1
/** The pipes of this bag's segment are being left. */
export const LEAVING = 2
/** `bag[ERROR]` is the flow's error. */
export const FAILED = 4
/** recover() was called: the error does not leave the flow. */
export const RECOVERED = 8
/** A run inside the through pipe failed and was recovered there: the leaves out here still get its error. */
export const INNER_FAILED = 16
/** Everything has been left and every deferred function has run. */
export const ENDED = 32
/** Every pipe of this bag's segment has been left. */
export const LEFT = 64
/** On the first bag of a flow: interrupt() was called on one of the flow's bags. */
export const INTERRUPTED = 128
