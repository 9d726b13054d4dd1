// The internal fields of bags and their views, as symbols, so that no marble can collide with them; and the bits of `trip.flags`.

export const TRIP: unique symbol = Symbol('trip')
export const NAMES: unique symbol = Symbol('names')
export const REAL: unique symbol = Symbol('real')
export const ASKER: unique symbol = Symbol('asker')

/** interrupt() was called on this trip's bag: no further pipe is entered, here and in what runs inside. */
export const STOPPED = 1
/** The pipes of this trip's segment are being left. */
export const LEAVING = 2
/** `trip.error` is the flow's error. */
export const FAILED = 4
/** recover() was called: the error does not leave the flow. */
export const RECOVERED = 8
/** A run inside the through pipe failed and was recovered there: the leaves out here still get its error. */
export const INNER_FAILED = 16
/** Everything has been left and every deferred function has run. */
export const ENDED = 32
/** Every pipe of this trip's segment has been left. */
export const LEFT = 64
/** On the first trip of a flow: interrupt() was called in one of the flow's trips. */
export const INTERRUPTED = 128
