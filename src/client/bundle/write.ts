// Makes dist/browser/client.js, the client as one file, and says how large it is. `npm run build` runs it in the root, after tsc -p src/client.

import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join as joinPath } from 'node:path'
import { gzipSync } from 'node:zlib'
import { join } from './join.ts'

const [folder = 'dist/browser'] = process.argv.slice(2)
const modules = joinPath(folder, 'modules')
const license = '// pipestack/client, https://www.npmjs.com/package/pipestack, MIT License\n'
const text = license + join('src/client.js', (path) => readFileSync(joinPath(modules, path), 'utf8'))
writeFileSync(joinPath(folder, 'client.js'), text)
rmSync(modules, { recursive: true })
const kB = (bytes: number) => (bytes / 1000).toFixed(1)
console.log(
  `${folder}/client.js: ${kB(Buffer.byteLength(text))} kB, gzipped ${kB(gzipSync(text, { level: 9 }).length)} kB`,
)
