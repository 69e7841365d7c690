// A set-up that runs: a web server with an application of Sluice behind it, as the cases see it.

import type { IncomingMessage } from 'node:http';
import { type Answer, exchange, open, type Sent } from '../support/http-client.ts';
import type { Running } from './set-up.ts';

/** What differs from one set-up to another in an environ. */
export interface Facts {
  /** Variables that follow from the set-up, as values or matchers; undefined: not there. */
  readonly variables: Readonly<Record<string, unknown>>;
  /** What becomes of paths that servers treat in different ways: PATH_INFO behind `/environ`, or a status. */
  readonly paths: Readonly<Partial<Record<UnusualPath, string | number>>>;
  /** What becomes of query strings. */
  readonly queries: Readonly<Partial<Record<Query, string>>>;
  /** nginx: the application says by X-Accel-Buffering that its response is not to be held back. */
  readonly asksUnbuffered: boolean;
  /** Lines of the logs that say what is right in this set-up. */
  readonly noise: readonly RegExp[];
}

/** Paths that every server treats in its own way, with what Sluice makes of them when it gets them raw. */
export const UNUSUAL_PATHS = {
  '/a//b': '/a//b',
  '/a/./b': '/a/./b',
  '/a/../b': '/a/../b',
  '/a%2Fb': '/a/b',
  '/a%2fb%2F': '/a/b/',
  '/%E9': '/\xe9',
  '/a/': '/a/',
  '/a;b=1/c': '/a;b=1/c',
} as const;

/** One of {@link UNUSUAL_PATHS}. */
export type UnusualPath = keyof typeof UNUSUAL_PATHS;

/** Query strings, which arrive as they were sent. */
export const QUERIES = {
  '': '',
  'a=%31+b&c=%26;d': 'a=%31+b&c=%26;d',
  '%C3%A9': '%C3%A9',
  'a=b=c?/d': 'a=b=c?/d',
  'x=%2541&y=%zz': 'x=%2541&y=%zz',
} as const;

/** One of {@link QUERIES}. */
export type Query = keyof typeof QUERIES;

/** A running set-up. */
export class Site {
  /** `http://127.0.0.1:` and the port of the web server. */
  readonly origin: string;
  /** The same by TLS, where the web server speaks it. */
  readonly secureOrigin: string | undefined;
  /** Path that the application is mounted at; `''`: the root. */
  readonly mount: string;
  readonly facts: Facts;
  /** What the application, Sluice and the web server wrote to their logs so far. */
  readonly logs: () => string;

  constructor(running: Running, mount: string, facts: Facts) {
    this.origin = running.origin;
    this.secureOrigin = running.secureOrigin;
    this.mount = mount;
    this.facts = facts;
    this.logs = running.logs;
  }

  /** Sends a request to the application, and reads the answer. */
  async exchange(path: string, sent?: Sent): Promise<Answer> {
    return await exchange(this.origin, `${this.mount}${path}`, sent);
  }

  /** Sends a request to the application; the answer is left to be read. */
  async open(path: string, sent?: Sent): Promise<IncomingMessage> {
    return await open(this.origin, `${this.mount}${path}`, sent);
  }

  /** The environ that the application gets for a request. */
  async environ(path: string, sent?: Sent): Promise<Record<string, string | boolean>> {
    const { status, text } = await this.exchange(`/environ${path}`, sent);
    if (status !== 200) throw new Error(`status ${status}: ${text}`);
    return JSON.parse(text);
  }
}

/** A case: what has to hold in every set-up. */
export type Case = (site: Site) => Promise<void>;
