// Options of a WSGIServer that are wrong: the one that is, and what would be right; and what TypeScript says of them.
import type { Application } from 'sluice';
import { WSGIServer as AnyServer } from 'sluice';
import { WSGIServer as AjpServer } from 'sluice/ajp';
import { WSGIServer as FastcgiServer } from 'sluice/fastcgi';
import { WSGIServer as HttpServer } from 'sluice/http';
import { WSGIServer as ScgiServer } from 'sluice/scgi';
import { WSGIServer as UwsgiServer } from 'sluice/uwsgi';
import { describe, expect, it } from 'vitest';

const application: Application = (_environ, startResponse) => {
  startResponse('204 No Content', []);
  return [];
};

const SERVERS = {
  ajp: AjpServer,
  fastcgi: FastcgiServer,
  http: HttpServer,
  scgi: ScgiServer,
  uwsgi: UwsgiServer,
};

/** What is given to which protocol, and what the complaint has to say. */
const MISTAKES: readonly [keyof typeof SERVERS, Record<string, unknown>, code: string, RegExp][] = [
  [
    'scgi',
    { scriptname: '/x' },
    'UNKNOWN',
    /no option scriptname with scgi; did you mean scriptName\?/,
  ],
  [
    'http',
    { bindAdress: '/x' },
    'UNKNOWN',
    /no option bindAdress with http; did you mean bindAddress\?/,
  ],
  [
    'ajp',
    { secretfile: '/x' },
    'UNKNOWN',
    /no option secretfile with ajp; did you mean secretFile\?/,
  ],
  ['scgi', { multiplexed: true }, 'UNKNOWN', /no option multiplexed with scgi/],
  ['uwsgi', { secret: 'x' }, 'UNKNOWN', /no option secret with uwsgi/],
  ['scgi', { listen: ['scgi://127.0.0.1:0'] }, 'COMBINATION', /listens at its bindAddress/],
  ['scgi', { bindAddress: '127.0.0.1:4000' }, 'VALUE', /did you mean \['127\.0\.0\.1', 4000\]\?/],
  [
    'scgi',
    { bindAddress: 'scgi://localhost:4000' },
    'VALUE',
    /did you mean \['localhost', 4000\]\?/,
  ],
  ['scgi', { bindAddress: '' }, 'VALUE', /bindAddress cannot be "".*path of a Unix socket/],
  [
    'scgi',
    { bindAddress: 4000 },
    'VALUE',
    /bindAddress cannot be 4000: it has to be \[host, port\]/,
  ],
  ['scgi', { bindAddress: ['127.0.0.1'] }, 'VALUE', /bindAddress cannot be \["127\.0\.0\.1"\]/],
  ['scgi', { bindAddress: ['127.0.0.1', '4000'] }, 'VALUE', /it has to be \[host, port\]/],
  ['scgi', { bindAddress: ['127.0.0.1', 70_000] }, 'VALUE', /it has to be \[host, port\]/],
  ['scgi', { bindAddress: null }, 'VALUE', /bindAddress cannot be null: .*left out/],
  [
    'scgi',
    { bindAddress: ['no.such.host.invalid', 4000] },
    'ADDRESS',
    /no\.such\.host\.invalid is not known/,
  ],
  ['scgi', { allowedServers: null }, 'VALUE', /name everyone: \['0\.0\.0\.0\/0', '::\/0'\]/],
  ['scgi', { allowedServers: ['localhorst'] }, 'VALUE', /allowedServers: "localhorst" is neither/],
  ['scgi', { allowedServers: ['::1'], allow: ['::1'] }, 'VALUE', /allow/],
  [
    'scgi',
    { loggingLevel: 'loud' },
    'VALUE',
    /loggingLevel cannot be "loud".*error, warn, info, debug/,
  ],
  [
    'scgi',
    { loggingLevel: 20, logLevel: 'info' },
    'VALUE',
    /loggingLevel and option logLevel are the same/,
  ],
  [
    'scgi',
    { timeout: 1, requestTimeout: 1 },
    'VALUE',
    /timeout and option requestTimeout are the same/,
  ],
  ['scgi', { timeout: -1 }, 'VALUE', /timeout cannot be -1/],
  ['scgi', { sockTimeout: 'soon' }, 'VALUE', /sockTimeout cannot be "soon"/],
  ['scgi', { multithreaded: 1 }, 'VALUE', /multithreaded cannot be 1: .*true or false/],
  ['scgi', { multiprocess: 'perhaps' }, 'VALUE', /multiprocess cannot be "perhaps"/],
  ['scgi', { maxSpare: 0, concurrency: 'fork' }, 'VALUE', /maxSpare cannot be 0/],
  [
    'scgi',
    { minSpare: 5, maxSpare: 2, concurrency: 'fork' },
    'COMBINATION',
    /minSpare \(5\) is above maxSpare \(2\)/,
  ],
  ['scgi', { maxRequests: 5 }, 'COMBINATION', /maxRequests needs concurrency fork or thread/],
  ['scgi', { maxThreads: 5 }, 'COMBINATION', /maxChildren needs concurrency fork or thread/],
  [
    'scgi',
    { concurrency: 'forks' },
    'VALUE',
    /concurrency cannot be "forks".*single, fork, thread/,
  ],
  ['scgi', { umask: '999' }, 'VALUE', /umask cannot be "999".*octal/],
  [
    'fastcgi',
    { roles: ['respnder'] },
    'ERR_FRONT_END_OPTION',
    /no role respnder; there are responder/,
  ],
  ['fastcgi', { multiplexed: 'perhaps' }, 'ERR_FRONT_END_OPTION', /multiplexed is yes or no/],
  ['fastcgi', { roles: [] }, 'VALUE', /roles cannot be \[\]/],
  ['ajp', { packetSize: 1 }, 'ERR_FRONT_END_OPTION', /packetSize is a number from 8192/],
  ['ajp', { bindAddress: ['', 0] }, 'ERR_FRONT_END_OPTION', /needs a secret/],
];

it.each(MISTAKES)('%s, %j is refused', async (protocol, options, code, message) => {
  const full = code.startsWith('ERR_') ? code : `ERR_OPTION_${code}`;
  const given = { bindAddress: ['127.0.0.1', 0] as const, ...options };
  const Server = SERVERS[protocol] as typeof ScgiServer; // their options differ, which is what is tried
  const failing = new Server(application, given).run();
  await expect(failing).rejects.toMatchObject({
    code: full,
    message: expect.stringMatching(message),
  });
});

it('a protocol that is none', async () => {
  const options = { protocol: 'fcgi' } as object;
  await expect(new AnyServer(application, options).run()).rejects.toThrow(/written fastcgi/);
});

describe('TypeScript', () => {
  it('takes what there is, and nothing else', () => {
    new ScgiServer(application, {
      scriptName: null,
      environ: { MARK: 'x' },
      bindAddress: ['::1', 4000, 0, 0],
      umask: 0o77,
      allowedServers: ['127.0.0.1'],
      loggingLevel: 20,
      debug: false,
      multithreaded: true,
      multiprocess: true,
      concurrency: 'fork',
      minSpare: 1,
      maxSpare: 5,
      maxChildren: 50,
      maxRequests: 1000,
      sockTimeout: 30,
      timeout: 60,
    });
    new FastcgiServer('app.js', { multiplexed: false, roles: ['responder'], forceCGI: false });
    new AjpServer(application, { bindAddress: '/run/s', secret: 'x', peer: 'lighttpd' });
    new AnyServer(application, { protocol: 'uwsgi', maxThreads: 3, concurrency: 'thread' });
    // @ts-expect-error -- flup's word, misspelt
    new ScgiServer(application, { scriptname: '/x' });
    // @ts-expect-error -- another protocol's
    new ScgiServer(application, { multiplexed: true });
    // @ts-expect-error -- a WSGIServer listens at its bindAddress
    new HttpServer(application, { listen: [] });
    // @ts-expect-error -- port as text
    new UwsgiServer(application, { bindAddress: ['127.0.0.1', '3031'] });
    // @ts-expect-error -- no such role
    new FastcgiServer(application, { roles: ['respnder'] });
    expect(true).toBe(true);
  });
});
