// Errors that leave a flow: where they go.

import { failureOf } from './failure.ts'
import { TRIP } from './fields.ts'
import type { FlowBag } from './flow-bag.ts'
import type { Realm } from './trip.ts'

/** Takes an error that nobody recovered. Ask `failureOf(error)` for the pipe and the stage. */
export type ErrorListener = (error: unknown) => void

/** What a listener lends to its flows. An `onError` that throws does not take the server down; both errors go to stderr. */
export function realmOf(onError: ErrorListener = printError): Realm {
  return {
    report(error) {
      try {
        onError(error)
      } catch (thrown) {
        printError(error)
        printError(thrown)
      }
    },
  }
}

/** Reports an error to the listener that `bag`'s connection belongs to; without one, to stderr. */
export function report(bag: unknown, error: unknown): void {
  let at = (bag as FlowBag)[TRIP]
  while (at.outer !== undefined) at = at.outer
  const { realm } = at
  if (realm === undefined) printError(error)
  else realm.report(error)
}

function printError(error: unknown): void {
  const failure = failureOf(error)
  const place =
    failure === undefined
      ? ''
      : ` in ${failure.stage}${failure.pipe === undefined ? '' : ` of pipe ${JSON.stringify(failure.pipe)}`}`
  console.error(`pipestack: error${place}:`, error)
}
