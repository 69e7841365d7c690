// Configurations that are modules or JSON: options of all servers and of each, with the lines where they are written.
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { chooseServer } from '../src/config/configuration.ts';
import { openConfiguration } from '../src/config/find-configuration.ts';
import { lineOfKey } from '../src/config/key-lines.ts';
import { loadApplication } from '../src/loading/application.ts';
import { CommandOptions } from '../src/options/command-options.ts';
import { describeOrigin, type Origin } from '../src/options/origin.ts';
import { resolveLayers } from '../src/options/resolve.ts';
import { folderOf } from './files.ts';

async function read(text: string, server?: string, file = 'sluice.config.mjs') {
  const folder = folderOf({ [file]: text });
  const mistakes: string[] = [];
  const report = ({ message }: Error) => mistakes.push(message.replaceAll(`${folder}/`, ''));
  const short = (error: Error) => {
    error.message = error.message.replaceAll(`${folder}/`, '');
    throw error;
  };
  const configuration = await openConfiguration(join(folder, file)).catch(short);
  const { layers, application } = await configuration.server(server, report);
  const { options, origins } = resolveLayers(CommandOptions, layers, report);
  const from = (option: keyof CommandOptions) =>
    describeOrigin(origins.get(option) as Origin).replace(`${folder}/`, '');
  return { folder, configuration, options, from, mistakes, application };
}

const TWO = `export default {
  application: './app.js',
  workers: 2,
  accessLog: 'access.log',
  servers: {
    main: { listen: 'scgi+unix:a.sock', concurrency: 'fork' },
    admin: {
      listen: ['http://127.0.0.1:1', 'http://127.0.0.1:2'],
      'workers': 5, allowedServers: ['::1'],
      application: './admin.js:name',
    },
  },
};
`;

describe('a module', () => {
  it('without servers is about one', async () => {
    const { options, from, application, folder, configuration } = await read(
      'export default { application: "scgi://127.0.0.1:1",\n  umask: 0o22, environ: { A: "b" } }',
    );
    expect(configuration.servers).toEqual([]);
    expect(options).toMatchObject({ umask: 0o22, environ: { A: 'b' } });
    expect([from('umask'), from('workers')]).toEqual(['sluice.config.mjs:2', 'default']);
    expect(application?.name).toBe('scgi://127.0.0.1:1');
    expect(folder).not.toBe('');
  });

  it('has options of all servers, and of each, which go first', async () => {
    const main = await read(TWO, 'main');
    expect(main.options).toMatchObject({
      workers: 2,
      concurrency: 'fork',
      listen: [`scgi+unix:${main.folder}/a.sock`],
      accessLog: `${main.folder}/access.log`,
    });
    expect(main.application).toMatchObject({ name: `${main.folder}/app.js`, origin: { line: 2 } });
    expect([main.from('workers'), main.from('listen')]).toEqual([
      'sluice.config.mjs:3',
      'sluice.config.mjs:6',
    ]);
    const admin = await read(TWO, 'admin');
    expect(admin.options).toMatchObject({ workers: 5, allow: ['::1'], concurrency: 'single' });
    expect(admin.from('workers')).toBe('sluice.config.mjs:9');
    expect(admin.application).toMatchObject({
      name: `${admin.folder}/admin.js:name`,
      origin: { line: 10 },
    });
  });

  it.each(['export default () => ({ workers: 3 })', 'export default async () => ({ workers: 3 })'])(
    '%s',
    async (text) => {
      expect((await read(text)).options.workers).toBe(3);
    },
  );

  it('of CommonJS', async () => {
    expect(
      (await read('module.exports = { workers: 3 }', undefined, 'c.cjs')).options.workers,
    ).toBe(3);
  });

  it('has an application that is a function: workers load it by the name of the file', async () => {
    const text =
      'export default { servers: { a: { application: () => ["a"] }, b: {} }, application: () => ["b"] }';
    for (const server of ['a', 'b']) {
      const { application, folder } = await read(text, server);
      expect(application?.name).toBe(`config:${folder}/sluice.config.mjs#${server}`);
      const loaded = (await loadApplication(
        application?.name as string,
      )) as unknown as () => string[];
      expect(loaded()).toEqual([server]);
    }
  });

  it.each([
    [
      'export default { wrokers: 1 }',
      'sluice.config.mjs:1: there is no option wrokers; did you mean workers?',
    ],
    [
      'export default {\n servers: { main: {\n lisen: [] } } }',
      'sluice.config.mjs:3: there is no option lisen; did you mean listen?',
    ],
    ['export default {\n workers: "x" }', 'sluice.config.mjs:2: option workers cannot be "x"'],
    [
      'export default {\n debug: "yes" }',
      'sluice.config.mjs:2: option debug cannot be "yes": it has to be true or false',
    ],
    [
      'const w = "x";\nexport default { ["work" + "ers"]: w }',
      'sluice.config.mjs: option workers cannot be "x"',
    ],
    [
      'export default {\n maxThreads: 1, maxChildren: 1 }',
      'sluice.config.mjs:2: option maxChildren and sluice.config.mjs:2: option maxThreads are the same',
    ],
    [
      'export default {\n\n application: 5 }',
      'sluice.config.mjs:3: application has to be a name (./app.js) or a function',
    ],
    ['export default { signal: 1 }', 'there is no option signal'],
    ['export default { config: "x" }', 'there is no option config'],
  ])('%j', async (text, message) => {
    const { mistakes } = await read(text, /main/.test(text) ? 'main' : undefined);
    expect(mistakes).toEqual([expect.stringContaining(message)]);
  });

  it.each([
    ['export default 5', 'sluice.config.mjs: the default export has to be an object'],
    ['export const a = 1', 'sluice.config.mjs: the default export has to be'],
    ['export default () => { throw new Error("no") }', 'sluice.config.mjs failed: Error: no'],
    ['export default { servers: [] }', 'sluice.config.mjs:1: servers has to be an object'],
    [
      'export default { servers: {\n main: 5 } }',
      'sluice.config.mjs:2: servers.main has to be an object',
    ],
    ['import "./nowhere.js"', 'sluice.config.mjs cannot be imported'],
  ])('%j cannot be read', async (text, message) => {
    await expect(read(text)).rejects.toThrow(message);
  });
});

describe('JSON', () => {
  it('is the same without code', async () => {
    const { options, from } = await read(
      '{\n "workers": 3,\n "umask": "022"\n}',
      undefined,
      'c.json',
    );
    expect(options).toMatchObject({ workers: 3, umask: 0o22 });
    expect(from('umask')).toBe('c.json:3');
  });

  it('may begin with a byte order mark', async () => {
    const { options } = await read('\uFEFF{ "workers": 3 }', undefined, 'c.json');
    expect(options.workers).toBe(3);
  });

  it.each([
    ['{\n "workers": 3,\n}', 'c.json:3'],
    ['{\n "workers" 3\n}', 'c.json:2'],
    ['{\n "workers": 3\n', 'c.json:3'],
    ['{}\n{}', 'c.json:2'],
    ['', 'c.json:1'],
  ])('%j is none, from that line on', async (text, place) => {
    await expect(read(text, undefined, 'c.json')).rejects.toThrow(`${place}: this is no JSON`);
  });
});

describe('the server', () => {
  const of = (...servers: string[]) => ({
    servers,
    file: '/srv/site.ini',
    server: async () => ({ layers: [], application: undefined }),
  });

  it.each([
    [of(), undefined, undefined],
    [of('only'), undefined, 'only'],
    [of('a', 'main'), undefined, 'main'],
    [of('a', 'b'), 'b', 'b'],
  ])('%j, %s: %s', (configuration, wanted, expected) => {
    expect(chooseServer(configuration, wanted, undefined)).toBe(expected);
  });

  it.each([
    [of('a', 'b'), undefined, /has servers a, b, and none is called main: choose one by --server/],
    [
      of('blog', 'b'),
      'blgo',
      /flag --server: there is no server blgo in .*site\.ini; did you mean blog\?/,
    ],
    [of(), 'x', /there is no server x in .*; it names none/],
  ])('%j, %s is refused', (configuration, wanted, message) => {
    const flag = { from: 'flag', flag: 'server' } as const;
    expect(() => chooseServer(configuration, wanted, flag)).toThrow(message);
  });
});

describe('lineOfKey', () => {
  it.each([
    ['{ a: 1 }', ['a'], 1],
    ['// a: 1\n/* a: 2\n */ { a: 1 }', ['a'], 3],
    ['x = "a: 1"\ny = `\na: 2`\n({ "a": 1 })', ['a'], 4],
    ['{ b: { a: 1 },\n a: 2 }', ['a'], 2],
    ['{ b: { a: 1 },\n c: { x: [{ a: 0 }],\n a: 2 } }', ['c', 'a'], 3],
    ["{ 'a-b':\n 1 }", ['a-b'], 1],
    ['{ a: x ? b : c,\n d: 1 }', ['d'], 2],
    ['f(() => ({\n s: { m: {\n a: 1 } } }))', ['s', 'm', 'a'], 3],
    ['const m = {\n a: 1 };\nx = { s: { m } }', ['s', 'm', 'a'], undefined],
    ['{ b: 1 }', ['a'], undefined],
  ])('%j %j: %s', (text, path, line) => {
    expect(lineOfKey(text, path)).toBe(line);
  });
});
