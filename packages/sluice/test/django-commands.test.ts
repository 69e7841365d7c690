// The words of manage.js and of sluice startproject, and what they mean.
import { describe, expect, it } from 'vitest';
import { whyNoName } from '../src/commands/startproject.ts';
import { differences } from '../src/django/commands/diff-settings.ts';
import type { RunfcgiWords } from '../src/django/commands/run-fcgi.ts';
import { serverLayer } from '../src/django/commands/run-fcgi-layer.ts';
import { RunfcgiOptions } from '../src/django/commands/run-fcgi-options.ts';
import { readPairs } from '../src/django/commands/run-fcgi-words.ts';
import { readRunserver } from '../src/django/commands/run-server.ts';
import { ProjectSettings } from '../src/django/project-settings.ts';
import { optionsOf } from '../src/options/option.ts';
import { resolveLayers } from '../src/options/resolve.ts';

/** What runfcgi asks of sluice serve. */
function meant(words: RunfcgiWords) {
  const { own, ours } = readPairs(words);
  const { layer, warnings, startedBy } = serverLayer(resolveLayers(RunfcgiOptions, [own]), ours);
  const both = [...layer, ...ours].map(([name, { value }]) => [name, value]);
  return { ...Object.fromEntries(both), warnings, startedBy };
}

const ADDRESS = ['host=127.0.0.1', 'port=3033'];

/** All that is meant where nothing but an address is said. */
const USUAL = {
  listen: ['fastcgi://127.0.0.1:3033'],
  daemonize: true,
  concurrency: 'fork',
  minSpare: 2,
  maxSpare: 5,
  maxChildren: 50,
  maxRequests: 0,
  debug: false,
  workdir: '/',
  warnings: [],
  startedBy: 'person',
};

describe('runfcgi', () => {
  it("has every option of Django's, with its default", () => {
    expect({ ...new RunfcgiOptions() }).toMatchObject({
      ...{ protocol: 'fcgi', host: undefined, port: undefined, socket: undefined },
      ...{ method: 'prefork', maxspare: 5, minspare: 2, maxchildren: 50, maxrequests: 0 },
      ...{ daemonize: undefined, workdir: '/', umask: undefined, pidfile: undefined },
      ...{ outlog: undefined, errlog: undefined, debug: false },
    });
  });

  it('each of them can be given', () => {
    const values: Record<string, string> = {
      ...{ protocol: 'fastcgi', host: '::1', port: '1', method: 'thread', maxrequests: '9' },
      ...{ minspare: '3', maxspare: '4', maxchildren: '7', daemonize: 't', pidfile: 'p' },
      ...{ workdir: '/srv', umask: '0022', outlog: 'o', errlog: 'e', debug: 'yes' },
      ...{ scriptName: '/blog', allowedServers: '192.0.2.1,192.0.2.2', multiplexed: 'no' },
    };
    const names = optionsOf(RunfcgiOptions).map(({ name }) => name);
    expect(Object.keys(values).sort()).toEqual(names.filter((name) => name !== 'socket').sort());
    expect(meant(Object.entries(values).map((pair) => pair.join('=')))).toEqual({
      listen: ['fastcgi://[::1]:1?multiplexed=no'],
      ...{ daemonize: true, concurrency: 'thread', minSpare: 3, maxSpare: 4, maxChildren: 7 },
      ...{ maxRequests: 9, debug: true, pidfile: 'p', umask: 0o22, scriptName: '/blog' },
      ...{ allow: ['192.0.2.1', '192.0.2.2'], workdir: '/srv', outlog: 'o', errlog: 'e' },
      ...{ warnings: [], startedBy: 'person' },
    });
  });

  it.each<[RunfcgiWords, object]>([
    [[], {}],
    [{ method: 'threaded' }, { concurrency: 'thread' }],
    [['METHOD=fork'], {}],
    [['debug=false'], { debug: false }],
    [['debug'], { debug: true }],
    [['maxchildren=3'], { maxSpare: 3, maxChildren: 3 }],
    [['maxchildren=1'], { minSpare: 1, maxSpare: 1, maxChildren: 1 }],
    [['minspare=0'], { minSpare: 0 }],
    [['minspare=8'], { minSpare: 8, maxSpare: 8 }],
    [['maxspare=80'], { maxSpare: 80, maxChildren: 80 }],
    [['scriptname=none'], { scriptName: null }],
    [['accessLog=a', 'shutdown-timeout=3'], { accessLog: 'a', shutdownTimeout: '3' }],
  ])('%j', (words, expected) => {
    const address = Array.isArray(words)
      ? [...words, ...ADDRESS]
      : { ...words, host: '127.0.0.1', port: 3033 };
    expect(meant(address)).toEqual({ ...USUAL, ...expected });
  });

  it.each<[string[], object]>([
    [['socket=/run/x.sock'], { listen: ['fastcgi+unix:/run/x.sock'], daemonize: true }],
    [['socket=/run/x.sock', 'daemonize=no'], { daemonize: false }],
    [[], { listen: ['fastcgi+fd:0'], daemonize: false, startedBy: 'web server' }],
    [['protocol=ajp'], { listen: ['ajp+fd:0'], startedBy: 'web server' }],
    [['listen=ajp://127.0.0.1:8009?secret=x'], { daemonize: true, startedBy: 'person' }],
  ])('%j', (words, expected) => {
    expect(meant(words)).toMatchObject(expected);
  });

  it('in the foreground the directory stays, and logs of a daemon are told to have no effect', () => {
    const said = meant([...ADDRESS, 'daemonize=f', 'outlog=o', 'errlog=e']);
    expect(said).not.toHaveProperty('workdir');
    expect(said).not.toHaveProperty('outlog');
    expect(said.warnings).toHaveLength(2);
    expect(meant([...ADDRESS, 'daemonize=f', 'workdir=/srv'])).toHaveProperty('workdir', '/srv');
  });

  it.each([
    ['concurrency=fork', /no option concurrency; did you mean method/],
    ['allow=127.0.0.1', /no option allow; did you mean allowedServers/],
    ['hots=x', /no option hots; did you mean host/],
    ['--port=1', /written name=value/],
    ['server=main', /no option server/],
  ])('%s is refused', (word, why) => {
    expect(() => readPairs([word])).toThrow(why);
  });

  it.each([
    [
      ['protocol=scgi', 'multiplexed=yes', ...ADDRESS],
      /multiplexed is for protocol=fcgi, and not for scgi/,
    ],
    [['host=', 'port=1'], /host is empty: name an address/],
    [['port=1', 'port=2'], /option port is given twice/],
    [['umask=1777', ...ADDRESS], /option umask cannot be "1777"/],
    [
      ['allowedServers=nobody', ...ADDRESS],
      /option allowedServers: "nobody" is neither an address/,
    ],
  ])('%j is refused', (words, why) => {
    expect(() => meant(words)).toThrow(why);
  });

  it('under single there are no spares, unless somebody asks for them', () => {
    expect(meant([...ADDRESS, 'method=single'])).not.toHaveProperty('minSpare');
    expect(meant([...ADDRESS, 'method=single', 'minspare=3'])).toHaveProperty('minSpare', 3);
  });
});

describe('runserver', () => {
  it.each([
    [[], { host: '127.0.0.1', port: '8000', reload: true }],
    [['8080'], { host: '127.0.0.1', port: '8080', reload: true }],
    [['0:8080'], { host: '0.0.0.0', port: '8080', reload: true }],
    [['localhost:1', '--noreload'], { host: 'localhost', port: '1', reload: false }],
    [['--noreload', '[::1]:8000'], { host: '[::1]', port: '8000', reload: false }],
  ])('%j', (words, expected) => {
    expect(readRunserver(words)).toEqual(expected);
  });

  it.each([
    [['127.0.0.1'], /127\.0\.0\.1 is no address/],
    [['99999'], /99999 is no address/],
    [['::1:8000'], /\[::1\]:8000/],
    [['8000', '8001'], /8001 is too many/],
    [['--norelaod'], /--norelaod; did you mean --noreload/],
  ])('%j is refused', (words, why) => {
    expect(() => readRunserver(words)).toThrow(why);
  });
});

describe('diffsettings', () => {
  const values = Object.assign(new ProjectSettings(), { DEBUG: true, MINE: 1, API_KEY: 'abc' });

  it('shows what differs, and what the project alone has; no secrets', () => {
    expect(differences({ values }, false)).toBe(
      "API_KEY = '***'  ###\nDEBUG = true\nMINE = 1  ###\n",
    );
  });

  it('--all: the rest as well', () => {
    const lines = differences({ values }, true).split('\n');
    expect(lines).toContain('### FORCE_SCRIPT_NAME = null');
    expect(lines).toContain('DEBUG = true');
    expect(lines).toHaveLength(9);
  });
});

describe('startproject', () => {
  it.each(['mysite', 'My_Site2', '_x'])('%s is a name', (name) => {
    expect(whyNoName(name)).toBeUndefined();
  });

  it.each([
    ['my-site', /identifier.*as in my_site/],
    ['2nd', /identifier.*as in nd/],
    ['', /identifier/],
    ['../x', /identifier.*as in x/],
    ['my site', /my_site/],
    ['é', /identifier/],
    ['class', /word of JavaScript/],
    ['await', /word of JavaScript/],
    ['sluice', /another meaning/],
  ])('%j is none', (name, why) => {
    expect(whyNoName(name)).toMatch(why);
  });
});
