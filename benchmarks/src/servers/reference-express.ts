// Express on bare node:http, as its own listen() would have it.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { app } from './express-application.ts';

const server = createServer(app);
server.keepAliveTimeout = 65_000;
server.listen(0, '127.0.0.1', () => process.send?.((server.address() as AddressInfo).port));
