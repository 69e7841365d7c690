// Packets of both sides, put together byte by byte: nothing here refuses what is wrong.
import { Magic, PacketType, STORED_METHOD } from './tables.ts';

/** Bytes to be: a number is one byte, a text one byte for each character up to U+00FF. */
export type Part = number | string | Uint8Array | readonly Part[];

/** Puts parts together. */
export function bytesOf(...parts: readonly Part[]): Uint8Array {
  const bytes: number[] = [];
  for (const part of parts) add(bytes, part);
  return new Uint8Array(bytes);
}

function add(bytes: number[], part: Part): void {
  if (typeof part === 'number') bytes.push(part & 0xff);
  else if (typeof part === 'string')
    for (let at = 0; at < part.length; at++) bytes.push(part.charCodeAt(at) & 0xff);
  else for (const piece of part) add(bytes, piece);
}

/** An integer: two bytes, the high one first (AJP/1.3, "Basic Packet Structure"). */
export function integer(value: number): Part {
  return [value >> 8, value];
}

/** A string: length, bytes, NUL; undefined is the null string (AJP/1.3, "Basic Packet Structure"). */
export function string(text: string | undefined): Part {
  return text === undefined ? [0xff, 0xff] : [integer(text.length), text, 0];
}

/** The fields of a Forward Request, in the order of the wire. */
export interface ForwardFields {
  /** Code of the method, 2 (GET) by default; a text is sent as stored method. */
  readonly method: number | string;
  readonly protocol: string | undefined;
  readonly uri: string | undefined;
  readonly remoteAddr: string | undefined;
  readonly remoteHost: string | undefined;
  readonly serverName: string | undefined;
  readonly serverPort: number;
  readonly isSsl: number;
  /** How many headers there are said to be; as many as there are by default. */
  readonly count: number | undefined;
  /** Names, or their codes, and values. */
  readonly headers: readonly (readonly [
    name: string | number | undefined,
    value: string | undefined,
  ])[];
  /** Attributes, each with its code in front. */
  readonly attributes: Part;
  /** What stands at the end, `ff` by default. */
  readonly end: Part;
}

const FIELDS: ForwardFields = {
  method: 2,
  protocol: 'HTTP/1.1',
  uri: '/',
  remoteAddr: '127.0.0.1',
  remoteHost: undefined,
  serverName: 'localhost',
  serverPort: 80,
  isSsl: 0,
  count: undefined,
  headers: [],
  attributes: [],
  end: 0xff,
};

function packet(magic: number, payload: Part): Uint8Array {
  const bytes = bytesOf(payload);
  return bytesOf(integer(magic), integer(bytes.length), bytes);
}

/** What a web server sends. */
export const webServer = {
  /** A packet with any payload. */
  packet(...payload: readonly Part[]): Uint8Array {
    return packet(Magic.TO_CONTAINER, payload);
  },
  /** Forward Request; GET / from 127.0.0.1 without headers where nothing else is said. */
  forward(given: Partial<ForwardFields> = {}): Uint8Array {
    const fields = { ...FIELDS, ...given };
    const stored = typeof fields.method === 'string';
    return webServer.packet(
      PacketType.FORWARD_REQUEST,
      typeof fields.method === 'string' ? STORED_METHOD : fields.method,
      string(fields.protocol),
      string(fields.uri),
      string(fields.remoteAddr),
      string(fields.remoteHost),
      string(fields.serverName),
      integer(fields.serverPort),
      fields.isSsl,
      integer(fields.count ?? fields.headers.length),
      fields.headers.map(([name, value]) => [
        typeof name === 'number' ? integer(name) : string(name),
        string(value),
      ]),
      fields.attributes,
      stored ? [0x0d, string(fields.method as string)] : [],
      fields.end,
    );
  },
  /** Bytes of the request body. */
  data(chunk: Part): Uint8Array {
    const bytes = bytesOf(chunk);
    return webServer.packet(integer(bytes.length), bytes);
  },
  /** Bytes of the request body without their inner length, as lighttpd's mod_ajp13 sends them. */
  rawData(chunk: Part): Uint8Array {
    return webServer.packet(chunk);
  },
  /** The end of the request body, as mod_jk or as Apache httpd sends it. */
  endOfBody(sender: 'mod_jk' | 'httpd' = 'mod_jk'): Uint8Array {
    return sender === 'mod_jk' ? webServer.packet() : webServer.packet(0, 0);
  },
  /** CPing. */
  cping(): Uint8Array {
    return webServer.packet(PacketType.CPING);
  },
} as const;

/** What a container sends. */
export const container = {
  /** A packet with any payload. */
  packet(...payload: readonly Part[]): Uint8Array {
    return packet(Magic.TO_WEB_SERVER, payload);
  },
  /** Send Headers; names may be codes. */
  head(
    status: number,
    reason: string | undefined,
    headers: readonly (readonly [
      name: string | number | undefined,
      value: string | undefined,
    ])[] = [],
  ): Uint8Array {
    return container.packet(
      PacketType.SEND_HEADERS,
      integer(status),
      string(reason),
      integer(headers.length),
      headers.map(([name, value]) => [
        typeof name === 'number' ? integer(name) : string(name),
        string(value),
      ]),
    );
  },
  /** Send Body Chunk; no bytes mean flush. */
  chunk(chunk: Part): Uint8Array {
    const bytes = bytesOf(chunk);
    return container.packet(PacketType.SEND_BODY_CHUNK, integer(bytes.length), bytes, 0);
  },
  /** Get Body Chunk. */
  getBody(size: number): Uint8Array {
    return container.packet(PacketType.GET_BODY_CHUNK, integer(size));
  },
  /** End Response. */
  end(reuse: boolean): Uint8Array {
    return container.packet(PacketType.END_RESPONSE, reuse ? 1 : 0);
  },
  /** CPong. */
  cpong(): Uint8Array {
    return container.packet(PacketType.CPONG);
  },
} as const;
