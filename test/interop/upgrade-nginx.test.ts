// Connections that applications take over behind nginx, as for WebSockets: SCGI and uwsgi, with short
// time limits, which are for requests alone.
import { once } from 'node:events';
import { connect } from 'node:net';
import { type Server, serve } from 'sluice';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Cleanup } from '../support/cleanup.ts';
import { appPath, portOf } from '../support/sluice.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { inTime } from '../support/until.ts';
import { upgrade } from '../support/upgrade-client.ts';
import { expectStopToEnd, upgradeCases } from './cases/upgrades.ts';
import { documentedSite } from './documented.ts';
import { NGINX, startNginx } from './servers/nginx.ts';
import { describeWith } from './servers/program.ts';
import { Site } from './site.ts';

/** All that a client can be slow at, in milliseconds. */
const LIMITS = { firstByte: 500, head: 500, body: 500, idle: 500, drain: 500, linger: 500 };

for (const [protocol, configuration, isUnix] of [
  ['scgi', 'nginx-scgi.conf', false],
  ['scgi', documentedSite('nginx', 'scgi+unix:/run/app').site, true],
  ['uwsgi', 'nginx-uwsgi.conf', false],
  ['uwsgi', 'nginx-uwsgi-unix.conf', true],
] as const) {
  const title = `nginx, ${protocol}${isUnix ? ' over a Unix socket' : ''}, and connections taken over`;
  describeWith([NGINX], title, () => {
    const cleanup = new Cleanup();
    let lines = '';
    let server: Server;
    let socket: string;
    let site: Site;
    beforeAll(async () => {
      socket = `${temporaryFolder(cleanup)}/app.sock`;
      server = await serve(appPath('every-behaviour.js'), {
        listen: [isUnix ? `${protocol}+unix:${socket}?mode=666` : `${protocol}://127.0.0.1:0`],
        scriptName: '',
        limits: LIMITS,
        log: (_level, line) => {
          lines += `${line}\n`;
        },
      });
      cleanup.add(() => server.close());
      const values = isUnix
        ? { SOCKET: socket }
        : { APPLICATION_PORT: portOf(server.addresses[0]) };
      const nginx = await startNginx(cleanup, configuration, values);
      const logs = () => lines + nginx.log();
      const facts = { variables: {}, paths: {}, queries: {}, asksUnbuffered: true, noise: [] };
      site = new Site({ origin: nginx.origin, logs }, '', facts);
    });
    afterAll(() => cleanup.run());

    for (const [name, test] of Object.entries(upgradeCases)) it(name, () => test(site));

    it('upgrade: both sides may be silent for longer than the time limits', async () => {
      const client = await upgrade(site.origin, '/take-over');
      cleanup.add(() => client.socket.destroy());
      await client.read('greetings\n'.length);
      for (const message of ['after one limit', 'after another']) {
        await expireOther();
        client.socket.write(message);
        expect(String(await client.read(message.length))).toBe(message);
      }
      client.socket.end();
      expect(await client.readToEnd()).toBe(0);
    });

    it('upgrade: a stop of the server ends them', () => expectStopToEnd(site, server));

    it('log: nothing is in it', () => {
      expect(site.logs().split('\n')).toEqual(['']);
    });

    /** Waits until Sluice has cut a connection on which nothing came: by then all limits are over. */
    async function expireOther(): Promise<void> {
      const silent = isUnix
        ? connect(socket)
        : connect(Number(portOf(server.addresses[0])), '127.0.0.1');
      await inTime('a silent connection is cut', once(silent.resume(), 'close'));
    }
  });
}
