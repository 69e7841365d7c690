// lighttpd with a FastCGI authorizer in front of everything, and an application behind it.
import { writeFileSync } from 'node:fs';
import { expect } from 'vitest';
import { exchange } from '../support/http-client.ts';
import { appPath, portOf, startSluice } from '../support/sluice.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { LIGHTTPD_QUERIES, LIGHTTPD_STDERR, NORMALISED } from './facts.ts';
import { LIGHTTPD, startLighttpd } from './servers/lighttpd.ts';
import { describeSetUp } from './set-up.ts';

const ALICE = { Authorization: `Basic ${Buffer.from('alice:secret').toString('base64')}` };
const REFUSED = {
  status: 401,
  asks: 'Basic realm="test"',
  type: 'text/plain',
  text: 'only for alice\n',
};

/** What a refused client sees. */
async function refusal(origin: string, path: string, method = 'GET') {
  const { status, headers, text } = await exchange(origin, path, { method });
  return { status, asks: headers['www-authenticate'], type: headers['content-type'], text };
}

describeSetUp({
  title: 'lighttpd, mod_fastcgi, an authorizer before the application',
  programs: [LIGHTTPD],
  mount: '',
  async start(cleanup) {
    const guard = await startSluice(cleanup, [
      ...[appPath('guard.js'), '--listen', 'fastcgi://127.0.0.1:0?roles=authorizer'],
    ]);
    const app = await startSluice(cleanup, [
      ...[appPath('every-behaviour.js'), '--listen', 'fastcgi://127.0.0.1:0'],
      ...['--script-name', ''],
    ]);
    const files = temporaryFolder(cleanup);
    writeFileSync(`${files}/notes.txt`, 'a file\n');
    const lighttpd = await startLighttpd(cleanup, 'lighttpd-authorizer.conf', {
      GUARD_PORT: portOf(guard.addresses[0]),
      APPLICATION_PORT: portOf(app.addresses[0]),
      STATIC: files,
    });
    const logs = () => guard.child.stderr + app.child.stderr + lighttpd.log();
    return { origin: lighttpd.origin, logs };
  },
  facts: {
    variables: {
      'sluice.protocol': 'fastcgi',
      FCGI_ROLE: 'RESPONDER',
      REMOTE_USER: 'nobody',
      GUARD_ASKED: 'AUTHORIZER GET /environ/a/b 0',
      X_NOT_A_VARIABLE: undefined,
      HTTP_X_NOT_A_VARIABLE: undefined,
    },
    paths: NORMALISED,
    queries: LIGHTTPD_QUERIES,
    noise: [LIGHTTPD_STDERR],
  },
  own: {
    'authorizer: its refusal is the answer': async ({ origin }) => {
      expect(await refusal(origin, '/environ/private/x')).toEqual(REFUSED);
      expect(await refusal(origin, '/environ/private/x', 'POST')).toEqual(REFUSED);
    },
    'authorizer: whom it lets pass, the application knows by name': async (site) => {
      const { REMOTE_USER, PATH_INFO } = await site.environ('/private/x', { headers: ALICE });
      expect({ REMOTE_USER, PATH_INFO }).toEqual({
        REMOTE_USER: 'alice',
        PATH_INFO: '/environ/private/x',
      });
    },
    'authorizer: the body is left to the application': async (site) => {
      const sent = { method: 'POST', body: Buffer.from('a=1'), headers: { 'X-A': 'a' } };
      const { GUARD_ASKED, CONTENT_LENGTH } = await site.environ('/x', sent);
      expect({ GUARD_ASKED, CONTENT_LENGTH }).toEqual({
        GUARD_ASKED: 'AUTHORIZER POST /environ/x 0',
        CONTENT_LENGTH: '3',
      });
    },
    'authorizer: it guards files as well': async ({ origin }) => {
      expect(await refusal(origin, '/static/notes.txt')).toEqual(REFUSED);
      const { status, text } = await exchange(origin, '/static/notes.txt', { headers: ALICE });
      expect({ status, text }).toEqual({ status: 200, text: 'a file\n' });
    },
  },
});
