// What is known of one request when its line is written.
import { decodePath, type Environ } from '@sluice/gateway';
import type { Stamp } from './time-format.ts';

/**
 * A request that has ended. The request line is kept as it came, since the environ belongs to the
 * application and may be changed by it; everything else is read at the end, so that what the
 * application adds (`REMOTE_USER`) is seen.
 */
export class AccessEntry {
  readonly environ: Environ;
  /** Name of the protocol that it came by. */
  readonly via: string;
  /** When it came, milliseconds since the epoch. */
  readonly time: number;
  /** The second of that. */
  readonly stamp: Stamp;
  readonly #began = performance.now();
  readonly #method: unknown;
  readonly #target: unknown;
  readonly #version: unknown;
  /** Of the response; 0: none was sent. */
  status = 0;
  /** Of the response body. */
  bytes = 0;
  /** Whether it ended before it was complete. */
  isCut = false;
  /** Milliseconds that it took. */
  elapsed = 0;

  constructor(environ: Environ, via: string, time: number, stamp: Stamp) {
    this.environ = environ;
    this.via = via;
    this.time = time;
    this.stamp = stamp;
    this.#method = environ.REQUEST_METHOD;
    this.#target = environ.REQUEST_URI;
    this.#version = environ.SERVER_PROTOCOL;
  }

  /** Completes it. */
  complete(status: number, bytes: number, isCut: boolean): void {
    this.status = status;
    this.bytes = bytes;
    this.isCut = isCut;
    this.elapsed = performance.now() - this.#began;
  }

  get method(): string {
    return textOf(this.#method ?? this.environ.REQUEST_METHOD);
  }

  get version(): string {
    return textOf(this.#version ?? this.environ.SERVER_PROTOCOL);
  }

  /** What was requested, encoded, with its query. */
  get target(): string {
    const target = textOf(this.#target);
    if (target !== '') return target;
    const path = this.#place.replace(UNSAFE_IN_TARGET, (character) => {
      return `%${character.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`;
    });
    const query = textOf(this.environ.QUERY_STRING);
    return query === '' ? path : `${path}?${query}`;
  }

  /** The path that was requested, decoded. */
  get path(): string {
    const target = textOf(this.#target);
    if (!target.startsWith('/')) return this.#place;
    const question = target.indexOf('?');
    return decodePath(question < 0 ? target : target.slice(0, question));
  }

  /** `?` and the query, or nothing. */
  get query(): string {
    const target = textOf(this.#target);
    const question = target.indexOf('?');
    if (question >= 0) return target.slice(question);
    const query = textOf(this.environ.QUERY_STRING);
    return query === '' ? '' : `?${query}`;
  }

  get #place(): string {
    return textOf(this.environ.SCRIPT_NAME) + textOf(this.environ.PATH_INFO);
  }
}

const UNSAFE_IN_TARGET = /(?![!-~])[\0-\xff]|[%?#]/g;

/** A value of an environ as text; `''` when it is none. */
export function textOf(value: unknown): string {
  if (typeof value === 'string') return value;
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : '';
}
