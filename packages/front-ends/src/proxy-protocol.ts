// The PROXY protocol, versions 1 and 2 (HAProxy, doc/proxy-protocol.txt): what a proxy says of the
// connection that it passes on, in a header before the first byte.
//
// Theory. Bytes are held until the version shows and the addresses are complete; what does not begin as
// one of the two versions do is refused at its first wrong byte. Behind the addresses of version 2 come
// TLVs, which are counted off and never held.
import { isIP, SocketAddress } from 'node:net';
import { fromLatin1, ProtocolError, toLatin1 } from '@sluice/protocol';

/** One end of a connection. */
interface Endpoint {
  /** IPv4, or IPv6 in its shortest form. */
  readonly address: string;
  readonly port: number;
}

/** What a header says. */
export type ProxyHeader =
  | {
      /** `local`: the connection is the proxy's own, such as a health check. */
      readonly type: 'local';
    }
  | {
      /** `unknown`: somebody else's, and the proxy does not know whose. */
      readonly type: 'unknown';
    }
  | {
      /** `unix`: of a client on a Unix socket of the proxy. */
      readonly type: 'unix';
    }
  | {
      /** `inet`: of a client by TCP or UDP. */
      readonly type: 'inet';
      readonly source: Endpoint;
      readonly destination: Endpoint;
    };

/** A header that was read. */
export interface FoundHeader {
  readonly header: ProxyHeader;
  /** The bytes behind it that came already. */
  readonly rest: Uint8Array;
}

const NONE = new Uint8Array(0);

/** Reads the header of one connection, however its bytes arrive. */
export class ProxyHeaderReader {
  #held: Uint8Array = NONE;
  #header: ProxyHeader | undefined;
  #due = 0; // bytes of the header that are not taken yet, once it is known

  /** Whether bytes of it have come. */
  get isBegun(): boolean {
    return this.#header !== undefined || this.#held.length > 0;
  }

  /**
   * Reads bytes.
   *
   * @returns the header when it is complete; call no more then
   * @throws ProtocolError `ERR_FRONT_END_PROXY_HEADER` when it is none, or malformed
   */
  feed(chunk: Uint8Array): FoundHeader | undefined {
    let bytes = chunk;
    if (!this.#header) {
      if (this.#held.length > 0) bytes = Buffer.concat([this.#held, chunk]);
      const parsed = parse(bytes);
      this.#held = parsed ? NONE : bytes;
      if (!parsed) return undefined;
      this.#header = parsed.header;
      this.#due = parsed.size;
    }
    if (bytes.length < this.#due) {
      this.#due -= bytes.length;
      return undefined;
    }
    return { header: this.#header, rest: bytes.subarray(this.#due) };
  }
}

/** A header, and how many bytes it has, TLVs that are still to come with them. */
interface Parsed {
  readonly header: ProxyHeader;
  readonly size: number;
}

const LINE_START = toLatin1('PROXY ');
const SIGNATURE = toLatin1('\r\n\r\n\0\r\nQUIT\n');
const SHOWN = 12; // bytes that tell which protocol it is, and no secret

function parse(bytes: Uint8Array): Parsed | undefined {
  if (beginsAs(LINE_START, bytes)) return parseLine(bytes);
  if (beginsAs(SIGNATURE, bytes)) return parseBinary(bytes);
  const start = JSON.stringify(fromLatin1(bytes.subarray(0, SHOWN)));
  throw refuse(`the connection begins with ${start}, not with a PROXY header`);
}

/** Whether bytes are the beginning of something, or begin with it. */
function beginsAs(start: Uint8Array, bytes: Uint8Array): boolean {
  const size = Math.min(start.length, bytes.length);
  for (let at = 0; at < size; at++) if (bytes[at] !== start[at]) return false;
  return true;
}

const LONGEST_LINE = 107; // section 2.1, with its CRLF
const UNKNOWN = /^PROXY UNKNOWN(?: |$)/;
const TCP = /^PROXY TCP([46]) ([\da-fA-F.:]+) ([\da-fA-F.:]+) (0|[1-9]\d{0,4}) (0|[1-9]\d{0,4})$/;

/** Version 1 (section 2.1). */
function parseLine(bytes: Uint8Array): Parsed | undefined {
  const text = fromLatin1(bytes.subarray(0, LONGEST_LINE));
  const end = text.indexOf('\r\n');
  if (end < 0) {
    if (text.length < LONGEST_LINE) return undefined;
    throw refuse(`the line of a PROXY header does not end within ${LONGEST_LINE} bytes`);
  }
  const line = text.slice(0, end);
  const size = end + 2;
  if (UNKNOWN.test(line)) return { header: { type: 'unknown' }, size };
  const [whole, family, from = '', to = '', fromPort, toPort] = TCP.exec(line) ?? [];
  const source = { address: from, port: Number(fromPort) };
  const destination = { address: to, port: Number(toPort) };
  const isRight = ({ address, port }: Endpoint) => isIP(address) === Number(family) && port < 65536;
  if (whole === undefined || !isRight(source) || !isRight(destination))
    throw refuse(`malformed PROXY header: ${JSON.stringify(line)}`);
  if (family === '4') return { header: { type: 'inet', source, destination }, size };
  return {
    header: { type: 'inet', source: shorten(source), destination: shorten(destination) },
    size,
  };
}

const FIXED = 16; // bytes before the addresses
const Command = { LOCAL: 0, PROXY: 1 } as const;
const Family = { UNSPEC: 0, INET: 1, INET6: 2, UNIX: 3 } as const;
const Transport = { UNSPEC: 0, STREAM: 1, DGRAM: 2 } as const;
const ADDRESS_BYTES = [0, 4, 16, 108]; // of one address, by family
const PORT_BYTES = [0, 2, 2, 0];

/** Version 2 (section 2.2). */
function parseBinary(bytes: Uint8Array): Parsed | undefined {
  if (bytes.length < FIXED) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const version = view.getUint8(12) >> 4;
  const command = view.getUint8(12) & 15;
  if (version !== 2 || command > Command.PROXY)
    throw refuse(`malformed PROXY header: version ${version}, command ${command}`);
  const length = view.getUint16(14);
  const size = FIXED + length;
  if (command === Command.LOCAL) return { header: { type: 'local' }, size };
  const family = view.getUint8(13) >> 4;
  const transport = view.getUint8(13) & 15;
  if (family > Family.UNIX || transport > Transport.DGRAM)
    throw refuse(`malformed PROXY header: family ${family}, transport ${transport}`);
  if (family === Family.UNSPEC || transport === Transport.UNSPEC)
    return { header: { type: 'unknown' }, size };
  const addressBytes = ADDRESS_BYTES[family] as number;
  const needed = 2 * (addressBytes + (PORT_BYTES[family] as number));
  if (length < needed)
    throw refuse(`malformed PROXY header: ${length} bytes for addresses of ${needed}`);
  if (family === Family.UNIX) return { header: { type: 'unix' }, size };
  if (bytes.length < FIXED + needed) return undefined;
  const endpoint = (which: 0 | 1): Endpoint => {
    const start = FIXED + which * addressBytes;
    const address = addressOf(bytes.subarray(start, start + addressBytes));
    return { address, port: view.getUint16(FIXED + 2 * addressBytes + 2 * which) };
  };
  return { header: { type: 'inet', source: endpoint(0), destination: endpoint(1) }, size };
}

function addressOf(bytes: Uint8Array): string {
  if (bytes.length === 4) return bytes.join('.');
  const pairs = Buffer.from(bytes).toString('hex').match(/.{4}/g) as string[];
  return shortest(pairs.join(':'));
}

function shorten({ address, port }: Endpoint): Endpoint {
  return { address: shortest(address), port };
}

/** An IPv6 address as sockets tell theirs. */
function shortest(address: string): string {
  return new SocketAddress({ address, family: 'ipv6' }).address;
}

function refuse(message: string): ProtocolError {
  return new ProtocolError('ERR_FRONT_END_PROXY_HEADER', message);
}
