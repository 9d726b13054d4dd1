// Certificates for tests, made by openssl in a folder that lives as long as they do.

import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** A certificate and its key, as PEM files. */
export interface Certificate {
  readonly name: string
  readonly cert: string
  readonly key: string
}

/** Why tests are skipped that need certificates. In CI they never are: there a missing openssl fails them. */
export function withoutOpenssl(): string | false {
  if (process.env.CI !== undefined) return false
  try {
    execFileSync('openssl', ['version'], { stdio: 'ignore' })
    return false
  } catch {
    return 'there is no openssl on this machine'
  }
}

/** A folder of certificates, signed by an authority of its own. */
export class Certificates implements Disposable {
  readonly folder: string = mkdtempSync(join(tmpdir(), 'pipestack-tls-'))
  /** Signs the others. */
  readonly authority: Certificate
  #count = 0

  constructor() {
    this.authority = this.#files('authority')
    const { cert, key } = this.authority
    const usage = ['-addext', 'basicConstraints=critical,CA:TRUE', '-addext', 'keyUsage=critical,keyCertSign']
    this.#openssl(['req', '-x509', ...NEW_KEY, '-keyout', key, '-out', cert, '-subj', '/CN=pipestack tests', ...usage])
  }

  /** A certificate for 127.0.0.1 and localhost, or for `names`; its common name tells it from others. */
  issue(name: string, names = 'IP:127.0.0.1,DNS:localhost', by: Certificate = this.authority): Certificate {
    const files = this.#files(name)
    const { cert, key } = files
    const subject = ['-subj', `/CN=${name}`, '-addext', `subjectAltName=${names}`]
    const signed = ['-CA', by.cert, '-CAkey', by.key, '-addext', 'basicConstraints=CA:FALSE']
    this.#openssl(['req', '-x509', ...NEW_KEY, '-keyout', key, '-out', cert, ...subject, ...signed])
    return files
  }

  /** A file in the folder. */
  file(name: string, content: string | Uint8Array): string {
    const path = join(this.folder, name)
    writeFileSync(path, content)
    return path
  }

  #files(name: string): Certificate {
    const stem = join(this.folder, `${name.replace(/\W/g, '-')}-${this.#count++}`)
    return { name, cert: `${stem}.crt`, key: `${stem}.key` }
  }

  #openssl(words: readonly string[]): void {
    execFileSync('openssl', words, { stdio: ['ignore', 'ignore', 'pipe'] })
  }

  [Symbol.dispose](): void {
    rmSync(this.folder, { recursive: true, force: true })
  }
}

const NEW_KEY = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2']

/** The address of a TLS server. */
export function tlsAddress({ cert, key }: Certificate, more = ''): string {
  return `tls://127.0.0.1:0?cert=${encodeURIComponent(cert)}&key=${encodeURIComponent(key)}${more}`
}

/** Puts the files of `next` in the place of those of `last`, in one go each. */
export function replaceFiles(last: Certificate, next: Certificate): void {
  writeFileSync(last.cert, readFileSync(next.cert))
  writeFileSync(last.key, readFileSync(next.key))
}
