// AWStats as Debian installs it, which prints no Status line, behind nginx over SCGI.
import { spawnSync } from 'node:child_process';
import { chownSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Cleanup } from '../support/cleanup.ts';
import { exchange } from '../support/http-client.ts';
import { startSluice } from '../support/sluice.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { account, writeConfiguration } from './servers/configuration.ts';
import { NGINX, startNginx } from './servers/nginx.ts';
import { describeWith, findProgram } from './servers/program.ts';

const AWSTATS = findProgram('AWStats', '/usr/lib/cgi-bin/awstats.pl');

const BROWSER = 'Mozilla/5.0 (X11; Linux x86_64; rv:102.0) Gecko/20100101 Firefox/102.0';
const LOG = Array.from(
  { length: 7 },
  (_, hour) =>
    `192.0.2.${hour} - - [03/Feb/2024:0${hour}:00:00 +0000] ` +
    `"GET /page-${hour}.html HTTP/1.1" 200 1000 "-" "${BROWSER}"\n`,
).join('');

describeWith([NGINX, AWSTATS], 'AWStats behind nginx', () => {
  const cleanup = new Cleanup();
  let statistics = '';

  /** Serves a CGI script at /awstats. */
  async function serveScript(script: string): Promise<string> {
    const { uid, gid } = account();
    const sockets = temporaryFolder(cleanup);
    chownSync(sockets, uid, gid);
    const socket = `${sockets}/cgi.sock`;
    await startSluice(cleanup, [
      ...[`cgi:${script}`, '--listen', `scgi+unix:${socket}?mode=666`],
      ...['--script-name', '/awstats'],
    ]);
    const { origin } = await startNginx(cleanup, 'nginx-awstats.conf', { SOCKET: socket });
    return origin;
  }

  beforeAll(() => {
    statistics = temporaryFolder(cleanup);
    const values = { FOLDER: statistics };
    writeConfiguration(statistics, 'awstats.sample.conf', values);
    writeConfiguration(statistics, 'awstats.sh', values, 0o755);
    writeFileSync(`${statistics}/access.log`, LOG);
    const words = ['-update', '-config=sample', `-configdir=${statistics}`];
    const { status, stdout, stderr } = spawnSync(AWSTATS.path, words, { encoding: 'utf8' });
    if (status !== 0) throw new Error(`AWStats cannot read its log:\n${stdout}${stderr}`);
  });
  afterAll(() => cleanup.run());

  it('prints no Status line by itself', () => {
    const env = { GATEWAY_INTERFACE: 'CGI/1.1', QUERY_STRING: '', PATH: '/usr/bin:/bin' };
    const { stdout } = spawnSync(AWSTATS.path, [], { env, encoding: 'latin1' });
    const head = stdout.slice(0, stdout.search(/\r?\n\r?\n/));
    expect(head).toMatch(/^content-type:/im);
    expect(head).not.toMatch(/^status:/im);
  });

  it('answers, with 200 though it does not say so', async () => {
    const origin = await serveScript(AWSTATS.path);
    const { status, headers, text } = await exchange(origin, '/awstats');
    expect(status).toBe(200);
    expect(headers['content-type']).toMatch(/^text\/html/);
    expect(text).toContain('AWStats'); // what else depends on the configuration in /etc/awstats
    expect(text).toMatch(/<\/html>\s*$/i);
  });

  it('shows what was in a log', async () => {
    const origin = await serveScript(`${statistics}/awstats.sh`);
    const query = `config=sample&configdir=${statistics}&year=2024&month=02`;
    const { status, headers, text } = await exchange(origin, `/awstats?${query}`);
    expect(status).toBe(200);
    expect(headers['content-type']).toMatch(/^text\/html/);
    expect(text).toContain('sample.example');
    expect(text).toContain('page-6.html');
  });
});
