// Lints every stack of a process: PIPESTACK_LINT=throw node --import ./dist/test/linted.js --test dist/test/…
// The values are those of lint()'s `on`; without the variable nothing changes.

import { lintAll } from '../pipes/lint.ts'
import type { Pipe } from '../src/pipe.ts'
import { rebuildStacks } from '../src/stack.ts'

const { PIPESTACK_LINT: on } = process.env
// It is checked where it is used, and what is given is a stack.
if (on === 'throw' || on === 'warn') rebuildStacks((built) => lintAll(built as Pipe, { on }))
else if (on !== undefined && on !== '') throw new Error(`PIPESTACK_LINT is "throw" or "warn", not ${on}`)
