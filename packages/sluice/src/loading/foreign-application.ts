// Applications that are not in the shape of PEP 3333, as calls of the library take them.
import type { FetchSource, NodeSource } from '@sluice/adapters';

/**
 * An application of another kind, which is told from its methods and parameters: a Node handler or what has
 * one (Express, Koa, Fastify, an `http.Server`), a Fetch handler or what has one (Hono, h3).
 */
export type ForeignApplication = NodeSource | FetchSource;
