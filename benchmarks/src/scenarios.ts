// What is measured: servers, and the load that each of them gets.
import type { ProtocolName } from 'sluice';

/** A server under a load. */
export interface Scenario {
  readonly name: string;
  /** Script below servers/, and its arguments. */
  readonly server: readonly [script: string, ...args: string[]];
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
  {
    name: 'uwsgi single',
    server: ['sluice', 'uwsgi', 'single', '1'],
    protocol: 'uwsgi',
    kept: false,
    against: FLOOR,
    atMost: 1.25,
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
  {
    name: 'FastCGI single',
    server: ['sluice', 'fastcgi', 'single', '1'],
    protocol: 'fastcgi',
    kept: true,
    against: BARE,
    atMost: 0.9,
  },
  {
    name: 'AJP single',
    server: ['sluice', 'ajp', 'single', '1'],
    protocol: 'ajp',
    kept: true,
    against: BARE,
    atMost: 0.9,
  },
];
