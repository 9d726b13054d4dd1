#!/usr/bin/env node

// The command line of pipestack.

import { runCommandLine } from './command-line.ts'
import { ignoreClosedPipes } from './output.ts'

ignoreClosedPipes()
// Not awaited at the top: a process that ends by itself while it serves nobody would be told so, with exit code 13.
void runCommandLine(process.argv.slice(2)).then((code) => {
  process.exitCode = code
})
