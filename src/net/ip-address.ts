// IP addresses: read, written in one way, and sets of them.

import { BlockList, isIP, isIPv4, SocketAddress } from 'node:net'

/**
 * Reads an IP address. One address is always written in one way: IPv6 in its shortest form (RFC 5952), IPv4-mapped IPv6
 * (`::ffff:192.0.2.1`, as dual-stack sockets say) as IPv4.
 *
 * @returns undefined for what is no address, or has a zone (`fe80::1%eth0`), which means nothing on another machine
 */
export function readIp(text: string): string | undefined {
  if (isIPv4(text)) return text
  if (isIP(text) === 0 || text.includes('%')) return undefined
  const { address } = new SocketAddress({ address: text, family: 'ipv6' })
  return /^::ffff:([\d.]+)$/.exec(address)?.[1] ?? address
}

/** Most answers to remember. */
const MOST_SEEN = 1_024

/** A set of IP addresses and networks. */
export class IpSet {
  readonly #list = new BlockList()
  readonly #seen = new Map<string, boolean>()

  /**
   * Adds `192.0.2.1`, `10.0.0.0/8` or `fd00::/8`. Bits behind the prefix count for nothing: `127.0.0.1/8` is `127.0.0.0/8`.
   *
   * @returns false for what is neither an address nor a network
   */
  add(text: string): boolean {
    const [, base = '', size] = /^([^/]*)(?:\/(\d{1,3}))?$/.exec(text) ?? []
    const ip = readIp(base)
    if (ip === undefined) return false
    const family = isIPv4(ip) ? 'ipv4' : 'ipv6'
    const bits = family === 'ipv4' ? 32 : 128
    // An IPv4-mapped network: its first 96 bits say so.
    const prefix = size === undefined ? bits : Number(size) - (family === 'ipv4' && base.includes(':') ? 96 : 0)
    if (prefix < 0 || prefix > bits) return false
    this.#list.addSubnet(ip, prefix, family)
    this.#seen.clear()
    return true
  }

  /** @param ip as {@link readIp} gives it */
  has(ip: string): boolean {
    // BlockList takes a microsecond; the same few peers ask again and again.
    const seen = this.#seen.get(ip)
    if (seen !== undefined) return seen
    if (this.#seen.size >= MOST_SEEN) this.#seen.clear()
    const has = this.#list.check(ip, isIPv4(ip) ? 'ipv4' : 'ipv6')
    this.#seen.set(ip, has)
    return has
  }
}
