// Applications that spawn-fcgi starts, behind nginx: the socket is its, and descriptor 0 theirs.
import { afterEach, expect, it } from 'vitest';
import { Cleanup } from '../support/cleanup.ts';
import { holdPort } from '../support/held-port.ts';
import { exchange } from '../support/http-client.ts';
import { appPath } from '../support/sluice.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { until } from '../support/until.ts';
import { NGINX_STDERR, NGINX_VARIABLES, NORMALISED } from './facts.ts';
import { NGINX, startNginx } from './servers/nginx.ts';
import { describeWith } from './servers/program.ts';
import { isRunning, SPAWN_FCGI, spawnFcgi, spawnSeveral } from './servers/spawn-fcgi.ts';
import { describeSetUp, type SetUp } from './set-up.ts';

const APPLICATION = appPath('every-behaviour.js');

const SPAWNED = {
  programs: [NGINX, SPAWN_FCGI],
  mount: '',
  facts: {
    asksUnbuffered: true,
    variables: {
      ...NGINX_VARIABLES,
      'sluice.protocol': 'fastcgi',
      'wsgi.multiprocess': true, // as spawn-fcgi -F makes it
    },
    paths: NORMALISED,
    noise: [NGINX_STDERR, /^ {2}fastcgi\+fd:0 *$/],
  },
} as const satisfies Partial<SetUp>;

describeSetUp({
  ...SPAWNED,
  title: 'spawn-fcgi on a port, behind nginx',
  async start(cleanup) {
    const port = await holdPort(cleanup);
    const child = await spawnFcgi(cleanup, ['-a', '127.0.0.1', '-p', port], APPLICATION);
    const nginx = await startNginx(cleanup, 'nginx-fastcgi.conf', { APPLICATION_PORT: port });
    return { origin: nginx.origin, logs: () => child.stderr + nginx.log() };
  },
});

describeSetUp({
  ...SPAWNED,
  title: 'spawn-fcgi on a Unix socket, behind nginx',
  async start(cleanup) {
    const socket = `${temporaryFolder(cleanup)}/app.sock`;
    const child = await spawnFcgi(cleanup, ['-s', socket, '-M', '0666'], APPLICATION);
    const nginx = await startNginx(cleanup, 'nginx-fastcgi-unix.conf', { SOCKET: socket });
    return { origin: nginx.origin, logs: () => child.stderr + nginx.log() };
  },
});

describeWith([NGINX, SPAWN_FCGI], 'spawn-fcgi and its socket', () => {
  const cleanup = new Cleanup();
  afterEach(() => cleanup.run());

  it.each([
    ['is in it', '192.0.2.1,127.0.0.1', 200],
    ['is not in it', '192.0.2.1', 502],
  ])('FCGI_WEB_SERVER_ADDRS: the web server %s', async (_what, addresses, expected) => {
    const port = await holdPort(cleanup);
    const env = { FCGI_WEB_SERVER_ADDRS: addresses };
    await spawnFcgi(cleanup, ['-a', '127.0.0.1', '-p', port], APPLICATION, env);
    const { origin } = await startNginx(cleanup, 'nginx-fastcgi.conf', { APPLICATION_PORT: port });
    expect((await exchange(origin, '/environ')).status).toBe(expected);
  });

  it('two processes share one, and each goes on without the other', async () => {
    const port = await holdPort(cleanup);
    const ids = spawnSeveral(cleanup, ['-a', '127.0.0.1', '-p', port], APPLICATION, 2);
    expect(ids).toHaveLength(2);
    const { origin } = await startNginx(cleanup, 'nginx-fastcgi.conf', { APPLICATION_PORT: port });
    const answering = async () => JSON.parse((await exchange(origin, '/session')).text).process;
    const first = await answering();
    expect(ids).toContain(first);
    process.kill(first);
    await until('it has ended', () => !isRunning(first));
    expect(await answering()).toBe(ids.find((id) => id !== first));
  });
});
