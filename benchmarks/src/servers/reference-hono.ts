// Hono on @hono/node-server, as its own serve() has it.
import type { Server } from 'node:http';
import { serve } from '@hono/node-server';
import { app } from './hono-application.ts';

const server = serve({ fetch: app.fetch, port: 0, hostname: '127.0.0.1' }, ({ port }) =>
  process.send?.(port),
) as Server;
server.keepAliveTimeout = 65_000;
