// What tells exports apart without their classes: nothing of Node.js is loaded for them.
import type { HandlerMaker, NodeServer, RoutingApplication } from './node-source.ts';

/** Whether a value is an `http.Server` or an `https.Server`; servers of other protocols lack a method. */
export function isServer(value: unknown): value is NodeServer {
  return has(value, 'listen', 'emit', 'closeAllConnections', 'address');
}

/** Whether a value is an application like those of Koa. */
export function isMaker(value: unknown): value is HandlerMaker {
  return typeof value === 'object' && has(value, 'callback', 'use');
}

/** Whether a value is an instance of Fastify. */
export function isRouting(value: unknown): value is RoutingApplication {
  return typeof value === 'object' && has(value, 'routing', 'ready');
}

/** Whether a value is an application like those of Express and Connect, which are functions with methods. */
export function isStack(value: unknown): boolean {
  return typeof value === 'function' && has(value, 'handle', 'use');
}

/** Whether a value has methods of these names. */
export function has(value: unknown, ...names: readonly string[]): boolean {
  if (value === null || value === undefined) return false;
  return names.every((name) => typeof (value as Record<string, unknown>)[name] === 'function');
}

/** A value for a message. */
export function typeOf(value: unknown): string {
  if (value === null || value === undefined) return String(value);
  if (typeof value !== 'object') return `a ${typeof value}`;
  return Array.isArray(value) ? 'a list' : `an object (${value.constructor?.name ?? 'no class'})`;
}
