// What is measured: servers, and the load that each of them gets.

/** A server under a load. */
export interface Scenario {
  readonly name: string;
  /** Script below servers/, and its arguments. */
  readonly server: readonly [script: string, ...args: string[]];
  readonly protocol: 'scgi' | 'http';
  readonly kept: boolean;
  /** Name of the scenario that it is compared with. */
  readonly against: string;
  /** The largest ratio of CPU per request that is accepted; undefined: none. */
  readonly atMost?: number;
}

const WORKERS = '2';
const FLOOR = 'canned answer on node:net';
const BARE = 'bare node:http';

/** Every scenario; those that others are compared with come first. */
export const SCENARIOS: readonly Scenario[] = [
  { name: FLOOR, server: ['reference-net', 'end'], protocol: 'scgi', kept: false, against: FLOOR },
  {
    name: `${FLOOR}, destroy()`,
    server: ['reference-net', 'destroy'],
    protocol: 'scgi',
    kept: false,
    against: FLOOR,
  },
  {
    name: 'SCGI single',
    server: ['sluice', 'scgi', 'single', '1'],
    protocol: 'scgi',
    kept: false,
    against: FLOOR,
    atMost: 1.25,
  },
  {
    name: 'SCGI fork',
    server: ['sluice', 'scgi', 'fork', WORKERS],
    protocol: 'scgi',
    kept: false,
    against: 'SCGI single',
    atMost: 1.1,
  },
  {
    name: 'SCGI thread',
    server: ['sluice', 'scgi', 'thread', WORKERS],
    protocol: 'scgi',
    kept: false,
    against: 'SCGI single',
    atMost: 1.1,
  },
  {
    name: 'SCGI node:cluster',
    server: ['cluster', 'scgi', WORKERS],
    protocol: 'scgi',
    kept: false,
    against: 'SCGI fork',
  },
  { name: BARE, server: ['reference-http'], protocol: 'http', kept: true, against: BARE },
  {
    name: 'HTTP single',
    server: ['sluice', 'http', 'single', '1'],
    protocol: 'http',
    kept: true,
    against: BARE,
    atMost: 1.25,
  },
  {
    name: 'HTTP fork',
    server: ['sluice', 'http', 'fork', WORKERS],
    protocol: 'http',
    kept: true,
    against: 'HTTP single',
    atMost: 1.1,
  },
  {
    name: 'HTTP thread',
    server: ['sluice', 'http', 'thread', WORKERS],
    protocol: 'http',
    kept: true,
    against: 'HTTP single',
    atMost: 1.1,
  },
];

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

/** A request as a browser and nginx would send it: eight headers, 24 variables. */
export function requestOf(protocol: Scenario['protocol']): Buffer {
  if (protocol === 'http') {
    const lines = HEADERS.map(([name, value]) => `${name}: ${value}\r\n`).join('');
    return Buffer.from(`GET /news/2026?page=2 HTTP/1.1\r\n${lines}\r\n`);
  }
  const headers = HEADERS.map(([name, value]) => [
    `HTTP_${name.toUpperCase().replaceAll('-', '_')}`,
    value,
  ]);
  const block = [...VARIABLES, ...headers].map(([name, value]) => `${name}\0${value}\0`).join('');
  return Buffer.from(`${block.length}:${block},`);
}
