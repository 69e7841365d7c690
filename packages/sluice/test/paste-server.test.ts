// [server:NAME] as options: factories of flup, addresses, keys by all their names, and every mistake with its line.
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { CommandOptions } from '../src/options/command-options.ts';
import { PROTOCOLS } from '../src/registry.ts';
import { readServer as read, server } from './paste-reader.ts';

describe('use = egg:sluice#NAME', () => {
  const protocols = Object.entries(PROTOCOLS).filter(([, { startsPrograms }]) => !startsPrograms);
  const names = protocols.flatMap(([protocol]) => [
    [protocol, protocol, 'thread'], // as in flup
    ...['single', 'fork', 'thread'].map((model) => [`${protocol}_${model}`, protocol, model]),
  ]) as [string, string, string][];

  it.each(names)('%s', async (name, protocol, model) => {
    const text = server(`use = egg:sluice#${name}`, 'host = 127.0.0.1', 'port = 4001');
    const { options, mistakes, from } = await read(text);
    expect(mistakes).toEqual([]);
    expect(options).toMatchObject({ concurrency: model, listen: [`${protocol}://127.0.0.1:4001`] });
    expect(from('concurrency')).toBe('site.ini:2');
    expect(from('listen')).toBe('site.ini:3');
  });

  it.each([
    ['egg:flup#scgi_fork', 'scgi', 'fork'],
    ['egg:flup#scgi_thread', 'scgi', 'thread'],
    ['egg:flup#scgi', 'scgi', 'thread'],
    ['egg:flup#fcgi', 'fastcgi', 'thread'],
    ['egg:flup#fcgi_fork', 'fastcgi', 'fork'],
    ['egg:flup#ajp_thread', 'ajp', 'thread'],
    ['egg:sluice#ajp13_fork', 'ajp', 'fork'],
    ['egg:PasteScript#flup_scgi_thread', 'scgi', 'thread'],
    ['egg:PasteScript#flup_fcgi_fork', 'fastcgi', 'fork'],
    ['egg:sluice#flup_ajp_fork', 'ajp', 'fork'],
  ])('%s is flup’s name', async (use, protocol, concurrency) => {
    const { options, mistakes } = await read(server(`use = ${use}`, 'port = 1'));
    expect(mistakes).toEqual([]);
    expect(options).toMatchObject({ concurrency, listen: [`${protocol}://127.0.0.1:1`] });
  });

  it.each([
    ['egg:sluice#sgci', /site\.ini:2: there is no server sgci; did you mean scgi\?/],
    ['egg:sluice#scgi_frok', /site\.ini:2: there is no server scgi_frok; did you mean scgi_fork\?/],
    ['egg:sluice#cgi', /site\.ini:2: there is no server cgi; did you mean scgi\?/],
    ['egg:sluice', /site\.ini:2: there is no server main/],
    ['egg:slice#scgi_fork', /no server that is known here \(did you mean egg:sluice#scgi_fork\?\)/],
    ['egg:waitress#main', /site\.ini:2: egg:waitress#main is no server that is known here/],
    ['other', /site\.ini:2: there is no section \[server:other\]; there are main/],
    ['main', /site\.ini:1: \[server:main\] uses itself/],
  ])('%s is refused', async (use, message) => {
    const { mistakes } = await read(server(`use = ${use}`));
    expect(mistakes).toEqual([expect.stringMatching(message)]);
  });
});

describe('keys', () => {
  it('are options by all their names, with the line of each', async () => {
    const { options, from, mistakes, folder } = await read(
      server(
        'use = egg:sluice#scgi_fork',
        'umask = 0022',
        'allowedServers = 127.0.0.1 192.0.2.0/24,',
        '    ::1',
        'max-requests = 100',
        'maxThreads = 8',
        'minSpare = 2',
        'scriptName = none',
        'accessLog = logs/access.log',
        'errorLog = -',
        'workdir = .',
        'daemonize = t',
      ),
    );
    expect(mistakes).toEqual([]);
    expect(options).toMatchObject({
      umask: 0o22,
      allow: ['127.0.0.1', '192.0.2.0/24', '::1'],
      maxRequests: 100,
      maxChildren: 8,
      minSpare: 2,
      scriptName: null,
      accessLog: join(folder, 'logs/access.log'),
      errorLog: '-',
      workdir: folder,
      daemonize: true,
    });
    expect(
      ['allow', 'maxRequests', 'maxChildren', 'maxSpare'].map((name) => from(name as 'allow')),
    ).toEqual(['site.ini:4', 'site.ini:6', 'site.ini:7', 'default']);
  });

  it.each([
    ['maxchildern = 1', 'site.ini:2: there is no option maxchildern; did you mean maxChildren?'],
    [
      'alowedServers = 1',
      'site.ini:2: there is no option alowedServers; did you mean allowedServers?',
    ],
    ['prot = 1', 'site.ini:2: there is no option prot; did you mean port?'],
    [
      'config = x',
      'site.ini:2: there is no option config here: it is for the command line and the environment',
    ],
    [
      'statistics = yes',
      'site.ini:2: there is no option statistics here: it is for calls of the library',
    ],
    ['bind = 127.0.0.1:80', 'site.ini:2: there is no option bind; did you mean listen?'],
    ['usse = x', 'site.ini:2: there is no option usse; did you mean use?'],
    ['use egg:sluice#scgi', 'site.ini:2: use egg is no name of an option: a line is name = value'],
    [
      'use = egg:sluice#scgi\nmultiplexed = yes',
      'site.ini:3: there is no option multiplexed with scgi: it is one of fastcgi',
    ],
    [
      'use = egg:sluice#http\nsecretFile = x',
      'site.ini:3: there is no option secretFile with http: it is one of ajp',
    ],
    [
      'use = egg:sluice#ajp\nport = 0\nsecret = a\npeer = x',
      'site.ini:5: peer is apache or lighttpd, not x',
    ],
    [
      'use = egg:sluice#fastcgi\nport = 0\nmultiplexed = t\nroles = x',
      'site.ini:5: there is no role x',
    ],
    ['use = egg:sluice#scgi\nsocket = s\nmode = 9', 'site.ini:4: mode is three octal digits'],
    [
      'use = egg:sluice#scgi\nport = 0\nproxyProtocol = 9',
      'site.ini:4: proxyProtocol is yes or no',
    ],
    ['use = call:app:make', 'site.ini:2: call: names Python here, call:app:make'],
    ['umask = 1777', 'site.ini:2: option umask cannot be "1777": it has to be an octal number'],
    ['allowedServers = foo', 'site.ini:2: option allowedServers: "foo" is neither an address'],
    [
      'umask = 008',
      'site.ini:2: option umask cannot be "008": it has to be an octal number such as 022',
    ],
    [
      'scriptName = /%(x)s',
      'site.ini:2: scriptName: %(x)s: neither this section nor [DEFAULT] has x',
    ],
    [
      'maxThreads = 1\nmaxChildren = 1',
      'site.ini:3: option maxChildren and site.ini:2: option maxThreads are the same',
    ],
  ])('%s', async (line, message) => {
    const { mistakes } = await read(server(line));
    expect(mistakes).toEqual([expect.stringContaining(message)]);
  });

  it('an option of a listener that is wrong is told once: no address is made of it', async () => {
    const lines = ['use = egg:sluice#ajp', 'port = 1', 'peer = x', 'packetSize = 3'];
    const { mistakes, options } = await read(server(...lines));
    expect(mistakes.map((message) => message.slice(0, 10))).toEqual(['site.ini:4', 'site.ini:5']);
    expect(options.listen).toEqual(new CommandOptions().listen);
  });

  it('all mistakes are told, in whatever section they are', async () => {
    const { mistakes } = await read(server('use = egg:sluice#nope', 'x = 1', 'y = 2', 'umask = 9'));
    expect(mistakes.map((message) => message.slice(0, 10))).toEqual([
      'site.ini:2',
      'site.ini:3',
      'site.ini:4',
      'site.ini:5',
    ]);
  });
});

describe('debug', () => {
  it.each([
    ['[DEFAULT]\ndebug = true\n[server:main]', true, 'site.ini:2'],
    ['[DEFAULT]\ndebug = true\n[server:main]\ndebug = false', false, 'site.ini:4'],
    ['[DEFAULT]\ndebug = true\n[server:main]\nset debug = no', false, 'site.ini:4'],
    ['[DEFAULT]\nwish = on\n[server:main]\nget debug = wish', true, 'site.ini:4'],
    ['[server:main]', false, 'default'],
  ])('%j', async (text, debug, origin) => {
    const { options, from } = await read(text);
    expect([options.debug, from('debug')]).toEqual([debug, origin]);
  });

  it('other names of [DEFAULT] are for applications', async () => {
    const { options, mistakes } = await read('[DEFAULT]\nworkers = many\n[server:main]');
    expect([mistakes, options.workers]).toEqual([[], new CommandOptions().workers]);
  });
});

describe('sections that use each other', () => {
  it('what uses goes before what is used, and each value keeps its place', async () => {
    const { options, from, folder } = await read(
      '[server:base]\nuse = egg:sluice#fastcgi_fork\nsocket = a.sock\nworkers = 3\nmaxAge = 1\n[server:main]\nuse = base\nworkers = 4',
    );
    expect(options).toMatchObject({
      concurrency: 'fork',
      workers: 4,
      maxAge: 1,
      listen: [`fastcgi+unix:${folder}/a.sock`],
    });
    expect([from('workers'), from('maxAge')]).toEqual(['site.ini:8', 'site.ini:5']);
  });

  it('in another file, whose folder its names are meant from', async () => {
    const others = {
      'deep/base.ini':
        '[DEFAULT]\ndebug = on\n[server:main]\nuse = egg:sluice#scgi\nsocket = a.sock\naccessLog = log',
    };
    const { options, from, folder } = await read(server('use = config:deep/base.ini'), { others });
    expect(options).toMatchObject({
      debug: true,
      accessLog: `${folder}/deep/log`,
      listen: [`scgi+unix:${folder}/deep/a.sock`],
    });
    expect(from('accessLog')).toBe('deep/base.ini:6');
  });

  it.each([
    ['config:nowhere.ini', /^site\.ini:2: there is no configuration file nowhere\.ini$/],
    ['config:site.ini#other', /site\.ini:2: there is no section \[server:other\] in site\.ini/],
    ['config:site.ini', /\[server:main\] uses itself/],
  ])('%s is refused', async (use, message) => {
    const { mistakes } = await read(server(`use = ${use}`));
    expect(mistakes).toEqual([expect.stringMatching(message)]);
  });
});

describe('applications', () => {
  it.each([
    ['[server:main]\n[app:main]\n[app:b]', 'main', 2],
    ['[server:main]\n[pipeline:only]', 'only', 2],
    ['[server:main]\napplication = b\n[app:main]\n[composite:b]', 'b', 2],
    ['[server:main]\napplication = ./app.js:name', './app.js:name', 2],
    ['[server]\n[app]', 'main', 2],
  ])('%j serves %s', async (text, name, line) => {
    const { application, folder, mistakes } = await read(text);
    expect(mistakes).toEqual([]);
    expect(application).toMatchObject({
      name: `config:${folder}/site.ini#${name}`,
      origin: { line },
    });
  });

  it('none, and several of which none is main', async () => {
    expect((await read('[server:main]')).application).toBeUndefined();
    expect((await read('[server:main]\n[app:a]\n[app:b]')).application).toBeUndefined();
  });

  it('one that is not there is told with the nearest', async () => {
    const { mistakes } = await read('[server:main]\napplication = blgo\n[app:blog]');
    expect(mistakes).toEqual(['site.ini:2: there is no section [app:blgo]; did you mean blog?']);
  });
});

describe('sections', () => {
  it.each([
    [
      '[sever:main]',
      /site\.ini:1: \[sever:main\] is no section that is known here; did you mean server\?/,
    ],
    ['[Server:main]', /did you mean server\?/],
    ['[default]', /did you mean DEFAULT\?/],
  ])('%s is misspelt', async (text, message) => {
    await expect(read(text)).rejects.toThrow(message);
  });

  it('of others are none of our business', async () => {
    const text =
      '[server:main]\n[loggers]\nkeys = %(x)s\n[logger_root]\n[alembic]\n[uwsgi]\n[logger:x]';
    expect((await read(text)).mistakes).toEqual([]);
  });
});
