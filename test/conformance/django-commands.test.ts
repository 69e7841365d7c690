// manage.js and sluice startproject as people use them: a new project runs, its commands answer, changes are seen.
import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { call } from '@sluice/gateway/testing';
import { describe, expect, it } from 'vitest';
import { fixturePath } from '../support/sluice.ts';
import { backEndFor } from './support/back-end.ts';
import { sluice } from './support/command.ts';
import { type Program, runProgram } from './support/program.ts';
import { scratch } from './support/scratch.ts';
import { until } from './support/until.ts';

const SHOP = fixturePath('projects/shop');
const MODULES = fileURLToPath(new URL('../../node_modules', import.meta.url));
const { SLUICE_SETTINGS_MODULE, ...ENV } = process.env;

/** A copy of the project, to be changed. */
function copyOfShop(): string {
  const folder = join(scratch(), 'shop');
  cpSync(SHOP, folder, { recursive: true });
  symlinkSync(MODULES, join(folder, 'node_modules'));
  writeFileSync(join(folder, 'package.json'), '{"type":"module"}');
  return folder;
}

function manage(root: string, words: readonly string[], env: NodeJS.ProcessEnv = ENV): Program {
  return runProgram([join(root, 'manage.js'), ...words], { cwd: scratch(), env });
}

/** Runs a command to its end. */
async function run(program: Program) {
  const { code } = await program.ended(20_000);
  return { code, stdout: program.stdout, stderr: program.stderr };
}

async function get(url: string, path: string, variables: object = {}) {
  const back = await backEndFor(url);
  const asked = { REQUEST_METHOD: 'GET', HTTP_HOST: 'localhost', ...variables };
  return await call(back, { ...asked, PATH_INFO: path });
}

async function addressOf(program: Program): Promise<string> {
  return (await program.line(/try:/, 20_000)).trim().split(' ')[0] as string;
}

describe('sluice startproject', () => {
  it('writes a project that runs as its README says', async () => {
    const folder = scratch();
    const written = await run(sluice(['startproject', 'mysite'], { cwd: folder, env: ENV }));
    expect(written).toMatchObject({ code: 0, stderr: '' });
    const root = join(folder, 'mysite');
    execFileSync('npm', ['install', '--offline', '--no-audit', '--no-fund'], {
      cwd: root,
      env: ENV,
      stdio: 'pipe',
    });
    expect(statSync(join(root, 'manage.js')).mode & 0o100).toBe(0o100);
    const readme = readFileSync(join(root, 'README.md'), 'utf8');
    const commands = [...readme.matchAll(/^node manage\.js (\w+)/gm)].map(([, name]) => name);
    expect(commands).toEqual(['runserver', 'check', 'runfcgi']);
    const checked = await run(manage(root, ['check']));
    expect(checked).toMatchObject({ code: 0, stderr: '' });
    expect(await run(manage(root, ['hello', 'you']))).toEqual({
      code: 0,
      stdout: 'Hello you! DEBUG is on.\n',
      stderr: '',
    });
    const server = manage(root, ['runserver', '0', '--noreload']);
    const answer = await get(await addressOf(server), '/a');
    expect(answer.text).toBe('mysite: GET |/a\n');
    expect(answer.headers).toContainEqual(['X-Powered-By', 'mysite']);
    await until('a line in the access log', () => server.stdout.includes('"GET /a HTTP/1.1" 200'));
  });

  it.each([
    ['my-site', /identifier/],
    ['there', /is there already/],
    ['--force', /there is no option --force; there is --help/],
  ])('refuses %s', async (name, why) => {
    const folder = scratch();
    writeFileSync(join(folder, 'there'), '');
    const { code, stderr } = await run(sluice(['startproject', name], { cwd: folder }));
    expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringMatching(why) });
    expect(existsSync(join(folder, name, 'manage.js'))).toBe(false);
  });
});

describe('sluice serve', () => {
  it('says what a project is, and has its SERVERS', async () => {
    const server = sluice(['serve', SHOP, '--server', 'behind'], { cwd: scratch(), env: ENV });
    const address = await addressOf(server);
    expect(address).toMatch(/^scgi:/);
    expect(server.stderr).toContain('shop: a Django-style project (settings shop.settings)\n');
    expect(server.stderr).toContain('fork with 2 workers');
  });

  it.each([
    [
      'a server that is not there',
      SHOP,
      ['--server', 'behnd'],
      /settings\.js; did you mean behind/,
    ],
    [
      'a folder that is no project',
      fixturePath('tls'),
      [],
      /nothing that can be served.*manage\.js/s,
    ],
    [
      'the program of a project',
      join(SHOP, 'manage.js'),
      [],
      /manage\.js is the program of a project, and no application: name its folder/,
    ],
  ])('%s', async (_what, folder, words, why) => {
    const { code, stderr } = await run(
      sluice(['serve', folder, ...words], { cwd: scratch(), env: ENV }),
    );
    expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringMatching(why) });
  });
});

describe('manage.js', () => {
  it('without a word, and by help, it lists its commands', async () => {
    const listed = await run(manage(SHOP, []));
    expect(listed).toEqual(await run(manage(SHOP, ['help'])));
    expect(listed).toMatchObject({ code: 0, stderr: '' });
    for (const name of ['runserver', 'runfcgi', 'serve', 'check', 'diffsettings', 'price'])
      expect(listed.stdout).toMatch(new RegExp(`^ {2}${name}\\b`, 'm'));
  });

  it.each(['runserver', 'runfcgi', 'serve', 'check', 'diffsettings', 'price'])(
    'help %s, and --help behind it',
    async (name) => {
      const { code, stdout } = await run(manage(SHOP, ['help', name]));
      expect({ code, stdout }).toEqual({ code: 0, stdout: expect.stringContaining(name) });
      expect((await run(manage(SHOP, [name, '--help']))).stdout).toBe(stdout);
    },
  );

  it('help is there when the settings are not', async () => {
    const { code, stdout } = await run(manage(SHOP, ['help', '--settings', 'shop.nothing']));
    expect({ code, stdout }).toEqual({
      code: 0,
      stdout: expect.stringMatching(
        /runserver[\s\S]*not listed: there are no settings shop\.nothing/,
      ),
    });
  });

  it('own commands get their words and the settings, and give the exit status', async () => {
    const { code, stdout } = await run(manage(SHOP, ['price', 'a', '--b', 'c']));
    const expected = { words: ['a', '--b', 'c'], root: SHOP, currency: 'EUR' };
    expect({ code, told: JSON.parse(stdout) }).toEqual({ code: 3, told: expected });
  });

  it.each([
    [['runfgi'], /there is no command runfgi; did you mean runfcgi/],
    [['pricce'], /did you mean price/],
    [['check', '--settings=shop.missing'], /there are no settings shop\.missing/],
    [['check', '--settings'], /--settings needs a module/],
    [['diffsettings', '--al'], /--al; did you mean --all/],
    [['serve', '--server', 'x'], /main, behind|did you mean/],
    [['serve', 'other'], /other is too many/],
    [['runserver', 'here'], /here is no address/],
  ])('%j is refused with status 2', async (words, why) => {
    const { code, stderr } = await run(manage(SHOP, words));
    expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringMatching(why) });
    expect(stderr).toMatch(/^manage\.js/);
  });

  it('settings are those of --settings, else of the environment', async () => {
    const root = copyOfShop();
    for (const name of ['one', 'two'])
      writeFileSync(join(root, `shop/${name}.js`), `export const CURRENCY = '${name}';`);
    const env = { ...ENV, SLUICE_SETTINGS_MODULE: 'shop.one' };
    expect((await run(manage(root, ['price'], env))).stdout).toContain('"currency":"one"');
    const words = ['price', '--settings', 'shop.two'];
    expect((await run(manage(root, words, env))).stdout).toContain('"currency":"two"');
  });

  it('diffsettings shows what differs', async () => {
    const { code, stdout } = await run(manage(SHOP, ['diffsettings']));
    expect(code).toBe(0);
    expect(stdout).toContain("CURRENCY = 'EUR'  ###\n");
    expect(stdout).toContain("FORCE_SCRIPT_NAME = '/shop'\n");
    expect(stdout).not.toContain('DEBUG');
  });
});

describe('manage.js check', () => {
  it('praises each server', async () => {
    const { code, stdout, stderr } = await run(manage(SHOP, ['check']));
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(/^server main: nothing is wrong.*\nserver behind: nothing is wrong/);
  });

  it('says all that is wrong, with its place', async () => {
    const root = copyOfShop();
    const text = readFileSync(join(root, 'shop/settings.js'), 'utf8')
      .replace('workers: 2', 'workrs: 2')
      .replace("'shop.layers.outer'", "'shop.layers.outr'")
      .replace('CURRENCY', 'DEBUGG');
    writeFileSync(join(root, 'shop/settings.js'), text);
    const { code, stderr } = await run(manage(root, ['check']));
    expect(code).toBe(2);
    expect(stderr).toMatch(
      /warn: .*settings\.js:6: DEBUGG means nothing here; did you mean DEBUG\?/,
    );
    expect(stderr).toMatch(/settings\.js:9: there is no option workrs; did you mean workers\?/);
    expect(stderr).toMatch(/MIDDLEWARE of shop\.settings: shop\/layers\.js exports no middleware/);
    expect(stderr).toMatch(/^2 mistakes$/m);
  });
});

describe('an application that asks for what it is a part of', () => {
  it.each([['check'], ['runfcgi', 'host=127.0.0.1', 'port=0', 'method=single', 'daemonize=f']])(
    'is told instead of waited for: %s',
    async (...words) => {
      const root = copyOfShop();
      const circle = `import { getWsgiApplication } from 'sluice/django';
export const application = await getWsgiApplication();`;
      writeFileSync(join(root, 'shop/wsgi.js'), circle);
      const { code, stderr } = await run(manage(root, words));
      expect(code).toBe(2);
      expect(stderr).toMatch(/shop\/wsgi\.js is what WSGI_APPLICATION names, and calls/);
    },
  );
});

describe('manage.js runserver', () => {
  it('a change is seen by the next request; with DEBUG a stack is shown', async () => {
    const root = copyOfShop();
    writeFileSync(join(root, 'shop/settings.js'), 'export const DEBUG = true;');
    const server = manage(root, ['runserver', '0']);
    const url = await addressOf(server);
    expect((await get(url, '/a')).text).toContain('"path":"/a"');
    expect((await get(url, '/boom')).text).toContain('a secret of the shop');
    const stranger = await get(url, '/a', { HTTP_HOST: 'evil.example' });
    expect([stranger.status, stranger.text]).toEqual([
      '400 Bad Request',
      expect.stringContaining('evil.example'),
    ]);
    const wsgi = join(root, 'shop/wsgi.js');
    writeFileSync(wsgi, readFileSync(wsgi, 'utf8').replace('method, script', 'changed: 1, script'));
    await until('the change is served', async () =>
      (await get(url, '/a')).text.includes('"changed":1'),
    );
  });

  it('refuses what would answer nobody', async () => {
    const root = copyOfShop();
    writeFileSync(join(root, 'shop/settings.js'), 'export const ALLOWED_HOSTS = [];');
    const { code, stderr } = await run(manage(root, ['runserver', '0']));
    expect({ code, stderr }).toEqual({
      code: 2,
      stderr: expect.stringMatching(/DEBUG nor ALLOWED_HOSTS/),
    });
  });
});
