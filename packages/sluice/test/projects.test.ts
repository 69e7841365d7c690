// Which adapter serves a folder or module: detection, what a package.json names, and what is said of a folder that is none.
import { basename, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { loadApplication } from '../src/loading/application.ts';
import type { ProjectAdapter } from '../src/projects/adapter.ts';
import { describeProject, findProject, loadProject } from '../src/projects/find-project.ts';
import { projectServers } from '../src/projects/project-configuration.ts';
import { folderOf } from './files.ts';

const SITE = {
  'manage.js': '',
  'mysite/settings.js': 'export const DEBUG = true;',
  'mysite/wsgi.js': 'export const application = () => ["hello"];',
};

/** An adapter as npm packages have them. */
const WIDGETS = `export default {
  name: 'widgets',
  looksFor: 'widget.json',
  detect: ({ path }) => path.endsWith('none') ? undefined : { sure: 'certain', why: 'a widget' },
  load: async ({ path }) => ({
    name: path,
    settings: { file: undefined, servers: {}, warnings: [] },
    open: async () => () => ['widget'],
  }),
};`;

const named = (adapter: unknown) => JSON.stringify({ sluice: { adapter } });

describe('findProject', () => {
  it('finds a Django-style project, and says so', async () => {
    const folder = folderOf(SITE);
    const { adapter, detection } = await findProject(folder);
    expect([adapter.name, detection.sure]).toEqual(['django', 'certain']);
    expect(await describeProject(folder)).toBe(
      `${basename(folder)}: a Django-style project (settings mysite.settings)`,
    );
  });

  it.each(['app.js', 'app.js:other', 'manage.js'])('%s is a module', async (name) => {
    const folder = folderOf({ ...SITE, 'app.js': '' });
    const { adapter, place } = await findProject(join(folder, name));
    expect(adapter.name).toBe('module');
    expect(place).toEqual({
      path: join(folder, name.replace(':other', '')),
      named: name.endsWith(':other') ? 'other' : undefined,
    });
    expect(await describeProject(join(folder, name))).toBeUndefined();
  });

  it.each([
    ['an empty folder', {}],
    ['manage.js alone', { 'manage.js': '' }],
    ['settings alone', { 'mysite/settings.js': '' }],
    ['settings of a dependency', { 'manage.js': '', 'node_modules/settings.js': '' }],
  ])('%s is nothing: what was looked for is listed', async (_what, files) => {
    const folder = folderOf(files);
    const finding = findProject(folder);
    await expect(finding).rejects.toMatchObject({ code: 'ERR_APPLICATION_LOAD' });
    await expect(finding).rejects.toThrow(
      /nothing that can be served.*\n {2}django: .*manage\.js.*settings\.js.*\n {2}module: .*app\.js:name\n.*"adapter"/,
    );
  });

  it('takes what is certain before what is likely, and asks when two are', async () => {
    const folder = folderOf(SITE);
    const adapter = (name: string, sure: 'certain' | 'likely'): ProjectAdapter => ({
      name,
      looksFor: '',
      detect: () => ({ sure, why: `it is ${name}` }),
      load: () => Promise.reject(),
    });
    const [a, b, c] = [adapter('a', 'likely'), adapter('b', 'certain'), adapter('c', 'certain')];
    expect((await findProject(folder, [a as ProjectAdapter, b as ProjectAdapter])).adapter).toBe(b);
    await expect(findProject(folder, [b as ProjectAdapter, c as ProjectAdapter])).rejects.toThrow(
      /b \(it is b\) and by c \(it is c\): choose by "sluice"/,
    );
  });

  it('a name behind a project is no way to choose', async () => {
    await expect(findProject(`${folderOf(SITE)}:main`)).rejects.toThrow(/--server/);
  });
});

describe('the adapter that a package.json names', () => {
  it.each([
    ['an npm package', 'sluice-widgets', 'node_modules/sluice-widgets/index.js'],
    ['a module of the project', './serving.mjs', 'serving.mjs'],
  ])('%s', async (_what, name, file) => {
    const folder = folderOf({
      'package.json': named(name),
      'node_modules/sluice-widgets/package.json': '{"name":"sluice-widgets","type":"module"}',
      [file]: WIDGETS,
    });
    expect(await describeProject(folder)).toBe(`${basename(folder)}: a widget`);
    const application = (await loadApplication(folder)) as () => string[];
    expect(application()).toEqual(['widget']);
  });

  it('may be one of ours', async () => {
    const folder = folderOf({ ...SITE, 'package.json': named('django') });
    expect((await findProject(folder)).adapter.name).toBe('django');
  });

  it('alone is asked', async () => {
    const folder = folderOf({ 'none/package.json': named('./w.mjs'), 'none/w.mjs': WIDGETS });
    await expect(findProject(join(folder, 'none'))).rejects.toThrow(
      /widgets: widget\.json\n.*package\.json names this adapter/,
    );
  });

  it.each([
    [named('not-installed'), /not-installed cannot be loaded.*npm install/],
    [named('./missing.mjs'), /missing\.mjs cannot be loaded/],
    [named('./none.mjs'), /none\.mjs is none.*detect\(place\).*it exports name/],
    [named(7), /has to be the name of an npm package, not 7/],
    ['{', /package\.json: /],
  ])('%s', async (text, why) => {
    const folder = folderOf({ 'package.json': text, 'none.mjs': "export const name = 'x';" });
    const finding = findProject(folder);
    await expect(finding).rejects.toMatchObject({ code: 'ERR_PROJECT_ADAPTER' });
    await expect(finding).rejects.toThrow(why);
  });

  it('other keys, and none, change nothing', async () => {
    for (const text of ['{}', '{"sluice":{}}', 'null'])
      expect((await findProject(folderOf({ ...SITE, 'package.json': text }))).adapter.name).toBe(
        'django',
      );
  });
});

describe('settings of a project', () => {
  it('are known before its application is imported', async () => {
    const folder = folderOf({
      ...SITE,
      'mysite/settings.js': "export const SERVERS = { a: { listen: ['scgi://127.0.0.1:0'] } };",
      'mysite/wsgi.js': 'throw new Error("imported");',
    });
    const { name, settings, open } = await loadProject(folder);
    expect(name).toBe('mysite');
    expect(settings.servers).toEqual({ a: { listen: ['scgi://127.0.0.1:0'] } });
    await expect(open()).rejects.toThrow(/WSGI_APPLICATION of mysite\.settings.*imported/s);
  });

  it('servers have no application of their own', async () => {
    const text = "export const SERVERS = {\n  a: {\n    application: './other.js' } };";
    const folder = folderOf({ ...SITE, 'mysite/settings.js': text });
    await expect(projectServers(folder)).rejects.toMatchObject({
      code: 'ERR_OPTION_UNKNOWN',
      message: expect.stringMatching(/settings\.js:3: there is no option application here/),
    });
  });

  it('several are not guessed at', async () => {
    const folder = folderOf({ ...SITE, 'shop/settings.js': '' });
    await expect(findProject(folder)).rejects.toThrow(
      /several settings: mysite\.settings, shop\.settings; name one by SLUICE_SETTINGS_MODULE/,
    );
  });
});
