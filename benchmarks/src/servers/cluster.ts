// The same application and front-end under node:cluster's default, where a parent accepts for all.
// Arguments: protocol, workers.
import cluster from 'node:cluster';
import type { AddressInfo } from 'node:net';
import { DEFAULT_LIMITS } from '@sluice/front-ends';
import { Gateway } from '@sluice/gateway';
import { PROTOCOLS, type ProtocolName } from 'sluice';
import application from './application.ts';

const [protocol, workers] = process.argv.slice(2);
if (cluster.isPrimary) {
  let listening = 0;
  cluster.on('listening', (_worker, { port }) => {
    if (++listening === Number(workers)) process.send?.(port);
  });
  for (let count = 0; count < Number(workers); count++) cluster.fork();
} else {
  const gateway = new Gateway(application, { multiprocess: true });
  const frontEnd = await PROTOCOLS[protocol as ProtocolName].frontEnd();
  const site = {
    gateway,
    log: gateway.log,
    limits: DEFAULT_LIMITS,
    allow: undefined,
    trust: undefined,
    options: {},
  };
  const { server } = frontEnd.createServer?.(site) ?? {};
  server?.listen(0, '127.0.0.1', () => (server.address() as AddressInfo).port);
}
