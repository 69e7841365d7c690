// What the load sends by each protocol, and how the last bytes of an answer look.
import { Ajp13ClientCodec } from 'ajp13-protocol';
import { FastcgiClientCodec } from 'fastcgi-protocol';
import type { ProtocolName } from 'sluice';
import { UwsgiClientCodec } from 'uwsgi-protocol';

/** One request, again and again. */
export interface Conversation {
  readonly request: Uint8Array;
  /** What every answer ends with; the body itself where nothing follows it. */
  readonly end: Uint8Array | undefined;
}

const HEADERS: readonly (readonly [string, string])[] = [
  ['Host', 'www.example.org'],
  ['User-Agent', 'Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0'],
  ['Accept', 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8'],
  ['Accept-Language', 'en-US,en;q=0.5'],
  ['Accept-Encoding', 'gzip, deflate, br'],
  ['Referer', 'http://www.example.org/'],
  ['Cookie', 'session=0123456789abcdef; theme=dark'],
  ['Cache-Control', 'max-age=0'],
];

const VARIABLES: readonly (readonly [string, string])[] = [
  ['CONTENT_LENGTH', '0'],
  ['REQUEST_METHOD', 'GET'],
  ['REQUEST_URI', '/news/2026?page=2'],
  ['QUERY_STRING', 'page=2'],
  ['CONTENT_TYPE', ''],
  ['DOCUMENT_URI', '/news/2026'],
  ['DOCUMENT_ROOT', '/var/www/html'],
  ['SCGI', '1'],
  ['SERVER_PROTOCOL', 'HTTP/1.1'],
  ['REQUEST_SCHEME', 'http'],
  ['SCRIPT_NAME', ''],
  ['PATH_INFO', '/news/2026'],
  ['REMOTE_ADDR', '192.0.2.17'],
  ['REMOTE_PORT', '51234'],
  ['SERVER_PORT', '80'],
  ['SERVER_NAME', 'www.example.org'],
];

/**
 * A request as a browser and nginx would send it: eight headers, 24 variables.
 *
 * @param kept - whether the connection may carry more; the server must end it if not
 * @param script - for servers that run files
 */
export function conversationFor(
  protocol: ProtocolName,
  kept: boolean,
  script?: string,
): Conversation {
  const headers = HEADERS.map(([name, value]) => [
    `HTTP_${name.toUpperCase().replaceAll('-', '_')}`,
    value,
  ]);
  const named = script === undefined ? [] : [['SCRIPT_FILENAME', script]];
  const variables = [...VARIABLES, ...headers, ...named].flat() as string[];
  switch (protocol) {
    case 'scgi': {
      const block = variables.map((text) => `${text}\0`).join('');
      return { request: Buffer.from(`${block.length}:${block},`), end: undefined };
    }
    case 'uwsgi': {
      const request = { type: 'request', variables, contentLength: 0 } as const;
      return { request: new UwsgiClientCodec().encode(request), end: undefined };
    }
    case 'fastcgi': {
      const codec = new FastcgiClientCodec();
      const begin = codec.encode({ type: 'request', keep: kept, variables });
      const request = Buffer.concat([begin, codec.encode({ type: 'body-end' })]);
      return { request, end: Buffer.from('0103000100080000'.padEnd(32, '0'), 'hex') };
    }
    case 'ajp': {
      const request = {
        type: 'request',
        method: 'GET',
        protocol: 'HTTP/1.1',
        uri: '/news/2026',
        remoteAddr: '192.0.2.17',
        serverName: 'www.example.org',
        serverPort: 80,
        isSsl: false,
        headers: HEADERS.flat(),
        attributes: { queryString: 'page=2' },
        requestAttributes: ['AJP_REMOTE_PORT', '51234', 'AJP_LOCAL_ADDR', '192.0.2.1'],
      } as const;
      const bytes = new Ajp13ClientCodec().encode(request);
      return { request: bytes, end: Buffer.from('414200020501', 'hex') };
    }
    default: {
      const lines = HEADERS.map(([name, value]) => `${name}: ${value}\r\n`);
      if (!kept) lines.push('Connection: close\r\n');
      const text = `GET /news/2026?page=2 HTTP/1.1\r\n${lines.join('')}\r\n`;
      return { request: Buffer.from(text), end: undefined };
    }
  }
}
