// Whether an error only says that the peer is gone: then there is nothing to report.

/** Whether `error` is why `signal` has fired, or an AbortError of Node's that carries it. */
export function isReasonOf(signal: AbortSignal, error: unknown): boolean {
  if (!signal.aborted) return false
  return (
    error === signal.reason || (error instanceof Error && error.name === 'AbortError' && error.cause === signal.reason)
  )
}
