// tls://host:port?cert=…&key=… — TLS by node:tls, over TCP.

import { X509Certificate } from 'node:crypto'
import { readFile, stat } from 'node:fs/promises'
import type { Socket } from 'node:net'
import {
  checkServerIdentity,
  connect as connectTls,
  createSecureContext,
  createServer,
  type SecureContextOptions,
  type TLSSocket,
} from 'node:tls'
import { quote, UsageError } from '../errors.ts'
import { type Address, formatAddress, hostAndPort, onlyParameters } from '../net/address.ts'
import type { DrivenConnection } from '../net/connection.ts'
import { type Ends, StreamConnection } from '../net/stream-connection.ts'
import type { Transport } from '../net/transport.ts'
import { BACKLOG, listenOn, settleDial, stop } from './sockets.ts'

/** Longest handshake, in milliseconds. */
const HANDSHAKE_MS = 10_000
/** How often the certificate files are looked at, in milliseconds. */
const RELOAD_MS = 5_000

function ends(socket: Socket): Ends {
  return {
    remote: formatAddress('tls', socket.remoteAddress, socket.remotePort),
    local: formatAddress('tls', socket.localAddress, socket.localPort),
  }
}

/**
 * The transport of `tls://`.
 *
 * Parameters  `cert`, `key`: PEM files, both wanted to listen; a relative path begins at the working directory. `ca`: PEM file of
 *             authorities; to listen, it makes peers show a certificate that one of them signed. `servername`: to connect, the
 *             name to verify, default the host.
 * Reload      the files are looked at every 5 seconds and on `listener.reload()`; new connections get the new certificate.
 *             What cannot be loaded leaves the old one in place.
 */
export const tls: Transport = {
  async listen(address, accept, { protocols, report }) {
    onlyParameters(address, ['cert', 'key', 'ca'])
    const { host, port } = hostAndPort(address)
    const files = certificateFiles(address)
    const reloading = new Reloading(address, files)
    const loaded = await reloading.begin()
    const server = createServer({
      ...loaded,
      ALPNProtocols: [...protocols],
      allowHalfOpen: true,
      noDelay: true,
      handshakeTimeout: HANDSHAKE_MS,
      requestCert: files.ca !== undefined,
    })
    // Peers in a handshake are no connections yet, so nobody else could cut them when the listener stops.
    const shaking = new Map<string, Socket>()
    server.on('connection', (socket: Socket) => {
      const { remote } = ends(socket)
      shaking.set(remote, socket)
      socket.once('close', () => shaking.delete(remote))
    })
    server.on('secureConnection', (socket) => {
      shaking.delete(ends(socket).remote)
      accept(toConnection(socket))
    })
    // A peer that fails the handshake was never a connection; without a listener its socket would stay open.
    server.on('tlsClientError', (_error, socket) => socket.destroy())
    await listenOn(server, address, { host, port, backlog: BACKLOG })
    const use = (options: SecureContextOptions) => server.setSecureContext(options)
    const timer = setInterval(() => reloading.look(use).catch(report), RELOAD_MS).unref()
    const bound = server.address()
    const taken = typeof bound === 'object' && bound !== null ? bound.port : port
    return {
      address: formatAddress('tls', host, taken),
      reload: async () => use(await load(address, files)),
      stop() {
        clearInterval(timer)
        for (const socket of shaking.values()) socket.destroy()
        return stop(server)
      },
    }
  },

  async connect(address, { protocols, signal }) {
    onlyParameters(address, ['ca', 'servername', 'cert', 'key'])
    const { host, port } = hostAndPort(address)
    const name = address.query.get('servername') ?? host
    const { cert, key, ca } = await clientCertificates(address)
    const options = { host, port, allowHalfOpen: true, ALPNProtocols: [...protocols] }
    // A server name is a name (RFC 6066 §3): an IP address is verified, but not sent.
    const servername = /^[\d.]+$|:/.test(name) ? {} : { servername: name }
    const socket = connectTls({
      ...options,
      ...servername,
      checkServerIdentity: (_host, peer) => checkServerIdentity(name, peer),
      ...(ca === undefined ? {} : { ca }),
      ...(cert === undefined ? {} : { cert }),
      ...(key === undefined ? {} : { key }),
    })
    socket.setNoDelay(true)
    await settleDial(address, socket, 'secureConnect', signal)
    return toConnection(socket)
  },
}

function toConnection(socket: TLSSocket): DrivenConnection {
  const protocol = typeof socket.alpnProtocol === 'string' ? socket.alpnProtocol : undefined
  return new StreamConnection(socket, () => ends(socket), { secure: true, protocol })
}

interface CertificateFiles {
  readonly cert: string | undefined
  readonly key: string | undefined
  readonly ca: string | undefined
}

function optionalFiles({ query }: Address): CertificateFiles {
  return { cert: query.get('cert') ?? undefined, key: query.get('key') ?? undefined, ca: query.get('ca') ?? undefined }
}

/** What a client needs of the files that an address names: `ca`, `cert`, `key`. */
export function clientCertificates(address: Address): Promise<SecureContextOptions> {
  return load(address, optionalFiles(address))
}

function certificateFiles(address: Address): CertificateFiles {
  const files = optionalFiles(address)
  if (files.cert !== undefined && files.key !== undefined) return files
  throw new UsageError(
    'ADDRESS_BAD',
    `${quote(address.text)} wants the PEM files of a certificate and its key: tls://host:port?cert=cert.pem&key=key.pem.`,
  )
}

async function load(address: Address, files: CertificateFiles): Promise<SecureContextOptions> {
  const options: SecureContextOptions = {}
  for (const name of ['cert', 'key', 'ca'] as const) {
    const path = files[name]
    if (path === undefined) continue
    options[name] = await readFile(path).catch((cause: Error) => {
      const message = `cannot use ${quote(address.text)}: its ${name} file cannot be read: ${cause.message}.`
      throw new UsageError('ADDRESS_BAD', message, { cause })
    })
  }
  try {
    createSecureContext(options)
    // Which takes a file without a certificate in it, and then trusts nobody.
    if (options.ca !== undefined) new X509Certificate(options.ca as Buffer)
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause)
    throw new UsageError(
      'ADDRESS_BAD',
      `cannot use ${quote(address.text)}: its certificate or key is broken: ${why}.`,
      {
        cause,
      },
    )
  }
  return options
}

/** Keeps the certificate of a server as its files have it. */
class Reloading {
  readonly #address: Address
  readonly #files: CertificateFiles
  #seen = ''

  constructor(address: Address, files: CertificateFiles) {
    this.#address = address
    this.#files = files
  }

  /** Loads the files for the first time. */
  async begin(): Promise<SecureContextOptions> {
    // Before they are read: what changes in between is seen at the next look.
    this.#seen = await this.#marks()
    return load(this.#address, this.#files)
  }

  /** Gives `use` the files if they changed. A change that cannot be loaded is thrown once. */
  async look(use: (options: SecureContextOptions) => void): Promise<void> {
    const marks = await this.#marks()
    if (marks === this.#seen) return
    this.#seen = marks
    use(await load(this.#address, this.#files))
  }

  async #marks(): Promise<string> {
    const stats = await Promise.all(
      Object.values(this.#files).map((path) => (path === undefined ? undefined : stat(path).catch(() => undefined))),
    )
    return stats.map((file) => (file === undefined ? '-' : `${file.ino}:${file.size}:${file.mtimeMs}`)).join(' ')
  }
}
