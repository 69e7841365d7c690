// CGI scripts behind nginx, which runs none itself: inetd starts Sluice for each connection, and Sluice
// the script. One directory of scripts, one script by itself.
import { chmodSync, symlinkSync, writeFileSync } from 'node:fs';
import { expect } from 'vitest';
import type { Cleanup } from '../support/cleanup.ts';
import { type Answer, exchange } from '../support/http-client.ts';
import { appPath, SLUICE } from '../support/sluice.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { NGINX_VARIABLES, NORMALISED, ONE_REQUEST } from './facts.ts';
import { writeConfiguration } from './servers/configuration.ts';
import { INETD, startInetd } from './servers/inetd.ts';
import { NGINX, startNginx } from './servers/nginx.ts';
import { contentOf } from './servers/web-server.ts';
import { describeSetUp, type Running } from './set-up.ts';

async function start(cleanup: Cleanup): Promise<Running> {
  const outside = temporaryFolder(cleanup);
  const scripts = temporaryFolder(cleanup);
  const values = {
    SCRIPTS: scripts,
    APPLICATION: appPath('every-behaviour.js'),
    NODE: process.execPath,
    SLUICE,
  };
  const names = ['cgi-program', 'hello', 'arguments', 'environment', 'elsewhere'];
  for (const name of names) writeConfiguration(scripts, `${name}.sh`, values, 0o755);
  writeFileSync(`${scripts}/notes.txt`, 'not a script\n');
  writeConfiguration(outside, 'hello.sh', values, 0o755);
  symlinkSync(`${outside}/hello.sh`, `${scripts}/link.sh`);
  chmodSync(outside, 0o755);
  const inetd = await startInetd(cleanup, ['inetd-scgi-run.conf', 'inetd-scgi-run.sh'], values);
  const nginx = await startNginx(cleanup, 'nginx-scgi-run.conf', {
    SCRIPTS: scripts,
    INETD: inetd,
  });
  return { origin: nginx.origin, logs: () => contentOf(`${inetd}/scgi-run.log`) + nginx.log() };
}

async function expectStatus(answer: Promise<Answer>, expected: number): Promise<void> {
  const { status, text } = await answer;
  expect(status).toBe(expected);
  expect(text).not.toContain('Hello World');
}

describeSetUp({
  title: 'CGI scripts behind SCGI, by inetd, behind nginx',
  programs: [NGINX, INETD],
  mount: '/local-cgi/cgi-program.sh',
  start,
  facts: {
    asksUnbuffered: true,
    noise: [/ERR_BACK_END_SCRIPT: a path that is no file name/],
    variables: { ...NGINX_VARIABLES, ...ONE_REQUEST, 'sluice.protocol': 'cgi' },
    paths: { ...NORMALISED, '/%E9': 404 }, // which is no UTF-8, and no file name
  },
  own: {
    'directory: a script by its name': async ({ origin }) => {
      const { status, headers, text } = await exchange(origin, '/local-cgi/hello.sh');
      expect({ status, type: headers['content-type'], text }).toEqual({
        status: 200,
        type: 'text/plain',
        text: 'Hello World\n',
      });
    },
    'directory: an environment made from nothing': async ({ origin }) => {
      const { text } = await exchange(origin, '/local-cgi/environment.sh?a=1', {
        headers: { Proxy: 'http://127.0.0.1:9', 'X-A': 'a' },
      });
      const names = text.split('\n').map((line) => line.slice(0, line.indexOf('=')));
      expect(text).toContain('GATEWAY_INTERFACE=CGI/1.1\n');
      expect(text).toContain('QUERY_STRING=a=1\n');
      expect(text).toContain('HTTP_X_A=a\n');
      expect(names).not.toContain('SCGI');
      expect(names).not.toContain('HTTP_PROXY');
      expect(names.filter((name) => /^(?:LD_|NODE_|HOME|USER)/.test(name))).toEqual([]);
    },
    'directory: no script is 404, one that may not be run 403': async ({ origin }) => {
      await expectStatus(exchange(origin, '/local-cgi/nothing.sh'), 404);
      await expectStatus(exchange(origin, '/local-cgi/'), 404);
      await expectStatus(exchange(origin, '/local-cgi/notes.txt'), 403);
    },
    'directory: nothing outside of it is run': async ({ origin }) => {
      await expectStatus(exchange(origin, '/local-cgi/link.sh'), 403);
      await expectStatus(exchange(origin, '/local-cgi/%2e%2e/hello.sh'), 404);
      await expectStatus(exchange(origin, '/local-cgi/..%2fhello.sh'), 404);
    },
    'script by itself: its arguments are passed': async ({ origin }) => {
      const { status, text } = await exchange(origin, '/single/a/b?arg=three');
      expect({ status, text }).toEqual({
        status: 200,
        text: 'argument: one\nargument: two words\npath: /single + /a/b\n',
      });
    },
    'no Status line: 200, and 302 with a Location': async ({ origin }) => {
      expect((await exchange(origin, '/single')).status).toBe(200);
      const { status, headers } = await exchange(origin, '/local-cgi/elsewhere.sh');
      expect({ status, location: headers.location }).toEqual({
        status: 302,
        location: 'http://elsewhere.example/',
      });
    },
  },
});
