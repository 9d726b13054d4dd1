import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { contentType } from '../../../pipes/files/content-type.ts'

// Pinned: the registry has changed some of them before.
const TYPES: Record<string, string> = {
  'a.html': 'text/html; charset=utf-8',
  'A.HTML': 'text/html; charset=utf-8',
  'a.css': 'text/css; charset=utf-8',
  'a.js': 'text/javascript; charset=utf-8',
  'a.mjs': 'text/javascript; charset=utf-8',
  'a.min.js': 'text/javascript; charset=utf-8',
  'a.json': 'application/json; charset=utf-8',
  'a.map': 'application/json; charset=utf-8',
  'a.webmanifest': 'application/manifest+json; charset=utf-8',
  'a.txt': 'text/plain; charset=utf-8',
  'a.md': 'text/markdown; charset=utf-8',
  'a.svg': 'image/svg+xml',
  'a.xml': 'application/xml',
  'a.png': 'image/png',
  'a.ico': 'image/vnd.microsoft.icon',
  'a.woff2': 'font/woff2',
  'a.wasm': 'application/wasm',
  'a.pdf': 'application/pdf',
  'a.mp4': 'video/mp4',
  'a.tar.gz': 'application/gzip',
  'a.ts': 'text/plain; charset=utf-8',
  'a.d.ts': 'text/plain; charset=utf-8',
  'a.mts': 'text/plain; charset=utf-8',
  'a.cts': 'text/plain; charset=utf-8',
  'a.TSX': 'text/plain; charset=utf-8',
  README: 'application/octet-stream',
  html: 'application/octet-stream',
  'a.': 'application/octet-stream',
  'a.nobody': 'application/octet-stream',
  'a.__proto__': 'application/octet-stream',
  'a.constructor': 'application/octet-stream',
}

describe('the type of a file', () => {
  for (const [name, type] of Object.entries(TYPES)) {
    it(`${name} is ${type}`, () => assert.equal(contentType(name), type))
  }
})
