// A rule of the specification: what it says, where that is written, and the program that checks it.

/** One rule. docs/reference/spec.md is made of these. */
export interface Rule {
  /** Stays what it is: letters of the chapter and a number. */
  readonly id: string
  /** The rule, as the specification says it. */
  readonly what: string
  /** Where it comes from. */
  readonly source: string
}

/** A rule that looks at one thing. */
export interface Check<Subject> extends Rule {
  /** What was found that breaks it; undefined where nothing does. */
  broken(subject: Subject): string | undefined
}

/** What `attempt` says when it fails. */
export function complaintOf(attempt: () => unknown): string | undefined {
  try {
    attempt()
    return undefined
  } catch (error) {
    return error instanceof Error ? error.message.replace(/\.$/, '') : String(error)
  }
}
