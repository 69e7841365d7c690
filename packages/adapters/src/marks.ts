// Which kind of application a function was made of, where it says so itself.
import type { Application } from '@sluice/gateway';

/** The kinds of applications: PEP 3333, Fetch handlers, Node handlers, and servers with listeners. */
export type ApplicationKind = 'wsgi' | 'fetch' | 'node' | 'server';

/** The same, to choose from. */
export const APPLICATION_KINDS: readonly ApplicationKind[] = ['wsgi', 'fetch', 'node', 'server'];

const KIND = Symbol.for('sluice.kind'); // shared with other copies of this package

/** Marks an application as made of something of a kind. */
export function mark(application: Application, kind: ApplicationKind): Application {
  Object.defineProperty(application, KIND, { value: kind, configurable: true });
  return application;
}

/**
 * The kind that something is marked with: it is an application already, made of that.
 *
 * @param value - what a module exports
 * @returns undefined when it is not marked
 */
export function markOf(value: unknown): ApplicationKind | undefined {
  return typeof value === 'function' ? (value as { [KIND]?: ApplicationKind })[KIND] : undefined;
}
