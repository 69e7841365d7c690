// What is measured: servers, and the load that each of them gets.
import type { ProtocolName, ServeOptions } from 'sluice';
import { type Launch, script } from './launch.ts';
import { goFastcgi } from './peers/go-fastcgi.ts';
import { nodeFastcgi } from './peers/node-fastcgi.ts';
import { phpFpm } from './peers/php-fpm.ts';
import { uwsgi } from './peers/uwsgi.ts';

/** A server under a load. */
export interface Scenario {
  readonly name: string;
  readonly server: Launch;
  readonly protocol: ProtocolName;
  readonly kept: boolean;
  /** Name of the scenario that it is compared with. */
  readonly against: string;
  /** The largest ratio of CPU per request that is accepted; undefined: none. */
  readonly atMost?: number;
}

const WORKERS = '2';
const FLOOR = 'canned answer on node:net';
const BARE = 'bare node:http';
const EXPRESS = 'Express on bare node:http';
const HONO = 'Hono on @hono/node-server';

const single = (protocol: ProtocolName) => script('sluice', protocol, 'single', '1');
const singleWith = (protocol: ProtocolName, options: Partial<ServeOptions>) =>
  script('sluice', protocol, 'single', '1', JSON.stringify(options));
const adapted = (name: string) => script('sluice', 'fastcgi', 'single', '1', '{}', name);
const fork = (protocol: ProtocolName) => script('sluice', protocol, 'fork', WORKERS);
const thread = (protocol: ProtocolName) => script('sluice', protocol, 'thread', WORKERS);

/** One request on each connection. */
const SCGI = { protocol: 'scgi', kept: false } as const;
const UWSGI = { protocol: 'uwsgi', kept: false, against: FLOOR } as const;
const FASTCGI_ONCE = { protocol: 'fastcgi', kept: false, against: FLOOR } as const;
const HTTP_ONCE = { protocol: 'http', kept: false, against: FLOOR } as const;
/** Connections that are kept. */
const HTTP = { protocol: 'http', kept: true } as const;
const FASTCGI = { protocol: 'fastcgi', kept: true, against: BARE } as const;
const FASTCGI_SLUICE = { protocol: 'fastcgi', kept: true, against: 'FastCGI single' } as const;
const AJP = { protocol: 'ajp', kept: true, against: BARE } as const;

/** What costs something for each request when it is on. */
const WATCHED: Readonly<Record<string, Partial<ServeOptions>>> = {
  'requests counted': { statistics: true },
  'access log': { accessLog: '/dev/null' },
  'request timeout': { requestTimeout: 30 },
  'at most 100 at once': { maxConcurrent: 100 },
};

/** Every scenario; those that others are compared with come first. */
export const SCENARIOS: readonly Scenario[] = [
  { name: FLOOR, server: script('reference-net', 'end'), ...SCGI, against: FLOOR },
  {
    name: `${FLOOR}, destroy()`,
    server: script('reference-net', 'destroy'),
    ...SCGI,
    against: FLOOR,
  },
  { name: 'SCGI single', server: single('scgi'), ...SCGI, against: FLOOR, atMost: 1.25 },
  { name: 'SCGI fork', server: fork('scgi'), ...SCGI, against: 'SCGI single', atMost: 1.1 },
  { name: 'SCGI thread', server: thread('scgi'), ...SCGI, against: 'SCGI single', atMost: 1.1 },
  {
    name: 'SCGI node:cluster',
    server: script('cluster', 'scgi', WORKERS),
    ...SCGI,
    against: 'SCGI fork',
  },
  { name: 'uwsgi single', server: single('uwsgi'), ...UWSGI, atMost: 1.25 },
  { name: 'uWSGI by uwsgi', server: uwsgi('uwsgi-socket'), ...UWSGI },
  { name: 'uWSGI http-socket', server: uwsgi('http-socket'), ...HTTP_ONCE },
  { name: 'FastCGI single, one request', server: single('fastcgi'), ...FASTCGI_ONCE },
  {
    name: 'uWSGI by FastCGI, which keeps no connection',
    server: uwsgi('fastcgi-socket'),
    ...FASTCGI_ONCE,
  },
  { name: 'node-fastcgi, which keeps no connection', server: nodeFastcgi, ...FASTCGI_ONCE },
  { name: BARE, server: script('reference-http'), ...HTTP, against: BARE },
  { name: 'HTTP single', server: single('http'), ...HTTP, against: BARE, atMost: 1.25 },
  { name: 'HTTP fork', server: fork('http'), ...HTTP, against: 'HTTP single', atMost: 1.1 },
  { name: 'HTTP thread', server: thread('http'), ...HTTP, against: 'HTTP single', atMost: 1.1 },
  {
    name: 'canned FastCGI answer on node:net',
    server: script('reference-net', 'keep'),
    ...FASTCGI,
  },
  { name: 'FastCGI single', server: single('fastcgi'), ...FASTCGI, atMost: 0.9 },
  { name: 'FastCGI fork', server: fork('fastcgi'), ...FASTCGI_SLUICE, atMost: 1.1 },
  { name: 'FastCGI thread', server: thread('fastcgi'), ...FASTCGI_SLUICE, atMost: 1.1 },
  ...Object.entries(WATCHED).map(([name, options]) => ({
    name: `FastCGI single, ${name}`,
    server: singleWith('fastcgi', options),
    ...FASTCGI_SLUICE,
  })),
  { name: 'AJP single', server: single('ajp'), ...AJP, atMost: 0.9 },
  { name: EXPRESS, server: script('reference-express'), ...HTTP, against: EXPRESS },
  {
    name: 'Express by FastCGI single',
    server: adapted('express-adapted'),
    ...FASTCGI,
    against: EXPRESS,
    atMost: 1.15,
  },
  { name: HONO, server: script('reference-hono'), ...HTTP, against: HONO },
  {
    name: 'Hono by FastCGI single',
    server: adapted('hono-adapted'),
    ...FASTCGI,
    against: HONO,
    atMost: 1,
  },
  { name: "Go's net/http/fcgi", server: goFastcgi, ...FASTCGI },
  { name: 'php-fpm, one connection at a time', server: phpFpm, ...FASTCGI },
];

/** A server, started by a script, that keeps connections. */
export interface Keeper {
  readonly name: string;
  /** Script below servers/, and its arguments. */
  readonly server: readonly [script: string, ...args: string[]];
  readonly protocol: ProtocolName;
}

/** Whose memory for idle connections is measured. */
export const KEEPERS: readonly Keeper[] = [
  {
    name: 'canned FastCGI answer on node:net',
    server: ['reference-net', 'keep'],
    protocol: 'fastcgi',
  },
  { name: BARE, server: ['reference-http'], protocol: 'http' },
  { name: 'FastCGI single', server: ['sluice', 'fastcgi', 'single', '1'], protocol: 'fastcgi' },
  { name: 'AJP single', server: ['sluice', 'ajp', 'single', '1'], protocol: 'ajp' },
];
