// Transcripts byte for byte, with their meaning.
import type { Ajp13ClientEvent } from './client-messages.ts';
import type { Ajp13Attributes, Ajp13Request } from './forward-request.ts';
import type { Ajp13Event } from './server-messages.ts';

/** A packet, or several, that are right at one place of a conversation. */
export interface Ajp13Vector {
  readonly name: string;
  /** The section of the protocol text that it comes from. */
  readonly section: string;
  readonly bytes: Uint8Array;
  /** Who sends it. */
  readonly sender: 'web server' | 'container';
  /** Where it is right: see the comment of each. */
  readonly place:
    | /** No request is in progress. */ 'idle'
    | /** Body was asked for by a Get Body Chunk, and its length is not known. */ 'asked'
    | /** A request was sent, and its answer has not begun. */ 'head'
    | /** The head of the answer came. */ 'body';
  /** Right, though this package would write it otherwise. */
  readonly variant?: true;
  /** What the other side's codec reports; pieces of one body are joined. */
  readonly events: readonly (Ajp13Event | Ajp13ClientEvent)[];
}

/** The attributes of a request that has none, with those that are given. */
function attributes(given: Partial<Ajp13Attributes> = {}): Ajp13Attributes {
  return {
    context: undefined,
    servletPath: undefined,
    remoteUser: undefined,
    authType: undefined,
    queryString: undefined,
    jvmRoute: undefined,
    sslCert: undefined,
    sslCipher: undefined,
    sslSession: undefined,
    sslKeySize: undefined,
    ...given,
  };
}

const GET: Ajp13Request = {
  type: 'request',
  method: 'GET',
  protocol: 'HTTP/1.1',
  uri: '/a',
  remoteAddr: '127.0.0.1',
  remoteHost: undefined,
  serverName: 'localhost',
  serverPort: 80,
  isSsl: false,
  headers: ['host', 'localhost'],
  attributes: attributes(),
  requestAttributes: [],
  contentLength: undefined,
  hasBody: false,
};

const POST: Ajp13Request = {
  type: 'request',
  method: 'POST',
  protocol: 'HTTP/1.1',
  uri: '/f',
  remoteAddr: '10.0.0.1',
  remoteHost: '',
  serverName: 'ex.org',
  serverPort: 443,
  isSsl: true,
  headers: ['host', 'ex.org', 'content-length', '3', 'x-a', 'b'],
  attributes: attributes({ queryString: 'q=1', sslKeySize: '256' }),
  requestAttributes: ['AJP_REMOTE_PORT', '5000'],
  contentLength: 3,
  hasBody: true,
};

const FORWARD = 'Forward Request Packet Structure';
const PACKETS = 'Basic Packet Structure';
const RESPONSE = 'Response Packet Structure';

/** Golden transcripts: `VECTORS[0]` is a GET. */
export const VECTORS: readonly Ajp13Vector[] = [
  {
    name: 'GET /a',
    section: FORWARD,
    bytes: hex(`12 34 00 40 02 02 00 08 48 54 54 50 2f 31 2e 31 00 00 02 2f 61 00 00 09 31 32 37
      2e 30 2e 30 2e 31 00 ff ff 00 09 6c 6f 63 61 6c 68 6f 73 74 00 00 50 00 00 01 a0 0b 00 09 6c
      6f 63 61 6c 68 6f 73 74 00 ff`),
    sender: 'web server',
    place: 'idle',
    events: [GET],
  },
  {
    name: 'POST /f?q=1 through TLS with a secret, and the body that follows unasked',
    section: FORWARD,
    bytes: hex(`12 34 00 78 02 04 00 08 48 54 54 50 2f 31 2e 31 00 00 02 2f 66 00 00 08 31 30 2e
      30 2e 30 2e 31 00 00 00 00 00 06 65 78 2e 6f 72 67 00 01 bb 01 00 03 a0 0b 00 06 65 78 2e 6f
      72 67 00 a0 08 00 01 33 00 00 03 78 2d 61 00 00 01 62 00 05 00 03 71 3d 31 00 0c 00 06 73 45
      63 72 65 74 00 0b 01 00 0a 00 0f 41 4a 50 5f 52 45 4d 4f 54 45 5f 50 4f 52 54 00 00 04 35 30
      30 30 00 ff 12 34 00 05 00 03 61 3d 31`),
    sender: 'web server',
    place: 'idle',
    events: [POST, { type: 'body', chunk: hex('61 3d 31') }, { type: 'end' }],
  },
  {
    name: 'PATCH, which has no code',
    section: 'Attributes, "stored_method"',
    bytes: hex(`12 34 00 49 02 ff 00 08 48 54 54 50 2f 31 2e 31 00 00 02 2f 61 00 00 09 31 32 37
      2e 30 2e 30 2e 31 00 ff ff 00 09 6c 6f 63 61 6c 68 6f 73 74 00 00 50 00 00 01 a0 0b 00 09 6c
      6f 63 61 6c 68 6f 73 74 00 0d 00 05 50 41 54 43 48 00 ff`),
    sender: 'web server',
    place: 'idle',
    events: [{ ...GET, method: 'PATCH' }],
  },
  {
    name: 'a key size as an integer',
    section: 'Attributes, "ssl_key_size"',
    bytes: hex(`12 34 00 43 02 02 00 08 48 54 54 50 2f 31 2e 31 00 00 02 2f 61 00 00 09 31 32 37
      2e 30 2e 30 2e 31 00 ff ff 00 09 6c 6f 63 61 6c 68 6f 73 74 00 00 50 00 00 01 a0 0b 00 09 6c
      6f 63 61 6c 68 6f 73 74 00 0b 01 00 ff`),
    sender: 'web server',
    place: 'idle',
    events: [{ ...GET, attributes: attributes({ sslKeySize: '256' }) }],
  },
  {
    name: 'a key size as a string, as lighttpd sends it',
    section: 'Attributes, "ssl_key_size"',
    bytes: hex(`12 34 00 47 02 02 00 08 48 54 54 50 2f 31 2e 31 00 00 02 2f 61 00 00 09 31 32 37
      2e 30 2e 30 2e 31 00 ff ff 00 09 6c 6f 63 61 6c 68 6f 73 74 00 00 50 00 00 01 a0 0b 00 09 6c
      6f 63 61 6c 68 6f 73 74 00 0b 00 03 32 35 36 00 ff`),
    sender: 'web server',
    place: 'idle',
    variant: true,
    events: [{ ...GET, attributes: attributes({ sslKeySize: '256' }) }],
  },
  {
    name: 'bytes of body that were asked for',
    section: 'Response Packet Structure, "Get Body Chunk"',
    bytes: hex('12 34 00 05 00 03 61 3d 31'),
    sender: 'web server',
    place: 'asked',
    events: [{ type: 'body', chunk: hex('61 3d 31') }],
  },
  {
    name: 'the end of a body, as mod_jk sends it',
    section: 'Response Packet Structure, "Get Body Chunk"',
    bytes: hex('12 34 00 00'),
    sender: 'web server',
    place: 'asked',
    events: [{ type: 'end' }],
  },
  {
    name: 'the end of a body, as Apache httpd sends it',
    section: 'Response Packet Structure, "Get Body Chunk"',
    bytes: hex('12 34 00 02 00 00'),
    sender: 'web server',
    place: 'asked',
    variant: true,
    events: [{ type: 'end' }],
  },
  {
    name: 'CPing',
    section: PACKETS,
    bytes: hex('12 34 00 01 0a'),
    sender: 'web server',
    place: 'idle',
    events: [{ type: 'reply', bytes: hex('41 42 00 01 09') }],
  },
  {
    name: '200, with two headers that have codes',
    section: RESPONSE,
    bytes: hex(`41 42 00 1f 04 00 c8 00 02 4f 4b 00 00 02 a0 01 00 0a 74 65 78 74 2f 70 6c 61 69
      6e 00 a0 03 00 01 32 00`),
    sender: 'container',
    place: 'head',
    events: [
      {
        type: 'head',
        status: 200,
        reason: 'OK',
        headers: [
          ['Content-Type', 'text/plain'],
          ['Content-Length', '2'],
        ],
      },
    ],
  },
  {
    name: '200, without headers',
    section: RESPONSE,
    bytes: hex('41 42 00 0b 04 00 c8 00 03 32 30 30 00 00 00'),
    sender: 'container',
    place: 'head',
    events: [{ type: 'head', status: 200, reason: '200', headers: [] }],
  },
  {
    name: '302, with an empty header that has no code',
    section: RESPONSE,
    bytes: hex(`41 42 00 1d 04 01 2e 00 05 46 6f 75 6e 64 00 00 02 a0 06 00 02 2f 78 00 00 03 58
      2d 59 00 00 00 00`),
    sender: 'container',
    place: 'head',
    events: [
      {
        type: 'head',
        status: 302,
        reason: 'Found',
        headers: [
          ['Location', '/x'],
          ['X-Y', ''],
        ],
      },
    ],
  },
  {
    name: 'bytes of the response',
    section: RESPONSE,
    bytes: hex('41 42 00 06 03 00 02 68 69 00'),
    sender: 'container',
    place: 'body',
    events: [{ type: 'body', chunk: hex('68 69') }],
  },
  {
    name: 'flush',
    section: RESPONSE,
    bytes: hex('41 42 00 04 03 00 00 00'),
    sender: 'container',
    place: 'body',
    events: [],
  },
  {
    name: 'body is wanted',
    section: 'Response Packet Structure, "Get Body Chunk"',
    bytes: hex('41 42 00 03 06 1f fa'),
    sender: 'container',
    place: 'head',
    events: [{ type: 'want', size: 8186 }],
  },
  {
    name: 'the end of a response, the connection stays',
    section: RESPONSE,
    bytes: hex('41 42 00 02 05 01'),
    sender: 'container',
    place: 'body',
    events: [{ type: 'end', reuse: true }],
  },
  {
    name: 'the end of a response, the connection closes',
    section: RESPONSE,
    bytes: hex('41 42 00 02 05 00'),
    sender: 'container',
    place: 'body',
    events: [{ type: 'end', reuse: false }],
  },
];

function hex(digits: string): Uint8Array {
  const pairs = digits.split(/\s+/);
  return new Uint8Array(pairs.map((pair) => Number.parseInt(pair, 16)));
}
