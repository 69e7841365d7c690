// docs/django.md: its tutorial is followed step by step, its tables have all that there is, its adapter serves.
import { existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { ProjectSettings, RunfcgiOptions } from 'sluice/django';
import { afterEach, describe, expect, it } from 'vitest';
import { type Child, startChild } from '../support/child.ts';
import { Cleanup } from '../support/cleanup.ts';
import { SLUICE } from '../support/sluice.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { inTime, until } from '../support/until.ts';
import { ask } from './ask.ts';
import { blocksOf, commandsOf, ROOT, rowsOf, section, wordsOf } from './markdown.ts';

const DOCUMENT = 'docs/django.md';
const cleanup = new Cleanup();
afterEach(() => cleanup.run());

const { SLUICE_SETTINGS_MODULE, ...ENV } = process.env;
const commands = commandsOf(DOCUMENT).map((command) => command.trim());

/** Runs a command of the document, where ports are any free one. */
function start(command: string, cwd: string): Child {
  const [program, ...words] = wordsOf(command.replace(/(?<=port=|127\.0\.0\.1:)\d+/g, '0'));
  const argv = program === 'npx' ? [SLUICE, ...words.slice(1)] : words;
  return startChild(cleanup, process.execPath, argv, { cwd, env: ENV });
}

async function end(child: Child) {
  const { code } = await inTime('the command ends', child.ended);
  return { code, stdout: child.stdout, stderr: child.stderr };
}

/** The project at the end of the tutorial. */
async function followTutorial(): Promise<string> {
  const folder = temporaryFolder(cleanup);
  symlinkSync(`${ROOT}node_modules`, join(folder, 'node_modules')); // npm install
  expect(await end(start('npx sluice startproject mysite', folder))).toMatchObject({ code: 0 });
  for (const { file, text } of blocksOf(DOCUMENT)) {
    if (file === '') continue;
    mkdirSync(dirname(join(folder, 'mysite', file)), { recursive: true });
    const place = file.includes('/') ? join(folder, 'mysite', file) : join(folder, file);
    writeFileSync(place, text.replace(':4000', ':0').replace('/srv/', `${folder}/`));
  }
  rmSync(join(folder, 'mysite/mysite/middleware.js'));
  return folder;
}

async function addressOf(log: () => string, child: Child): Promise<string> {
  return await until('it says where it listens', () => {
    if (child.exit && child.exit.code !== 0) throw new Error(child.stderr);
    return /^ {2}(\S+) +try:/m.exec(log())?.[1] ?? false;
  });
}

const GREETING = 'Good morning, you asked for /a\n';

describe('commands', () => {
  it('are there, and begin with a new project', () => {
    expect(commands.slice(0, 3)).toEqual([
      'npx sluice startproject mysite',
      'cd mysite',
      'npm install',
    ]);
    expect(commands.length).toBeGreaterThan(9);
  });

  const serving = /runserver|serve|runfcgi/;
  const others = commands.slice(3).filter((command) => !serving.test(command));

  it.each(others)('%s', async (command) => {
    const folder = await followTutorial();
    const { code, stdout, stderr } = await end(start(command, join(folder, 'mysite')));
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    if (command.endsWith('greet Ann')) expect(stdout).toBe('Good morning, Ann!\n');
  });

  it.each(commands.filter((command) => serving.test(command)))('%s', async (command) => {
    const project = join(await followTutorial(), 'mysite');
    const isDaemon = command.includes('pidfile=');
    const child = start(isDaemon ? `${command} errlog=err.log` : command, project);
    if (!isDaemon) {
      expect(await ask(await addressOf(() => child.stderr, child), '/a')).toBe(GREETING);
      expect(await child.stop()).toEqual({ code: 0, signal: null });
      return;
    }
    expect(await end(child)).toEqual({ code: 0, stdout: '', stderr: '' });
    const pid = Number(readFileSync(join(project, 'mysite.pid'), 'utf8'));
    cleanup.add(async () => {
      process.kill(pid, 'SIGTERM');
      await until('the daemon is gone', () => !existsSync(join(project, 'mysite.pid')));
    });
    const log = () => readFileSync(join(project, 'err.log'), 'utf8');
    expect(await ask(await addressOf(log, child), '/a')).toBe(GREETING);
  });
});

describe('programs', () => {
  it('three lines serve the project', async () => {
    const folder = await followTutorial();
    const file = join(folder, 'serve-mysite.mjs');
    const text = readFileSync(file, 'utf8').replace('await serve', 'const server = await serve');
    writeFileSync(file, `${text}console.log(server.addresses[0]);`);
    const child = startChild(cleanup, process.execPath, [file], { cwd: folder, env: ENV });
    const address = await until('its address', () => {
      if (child.exit) throw new Error(child.stderr);
      return child.stdout.trim() || false;
    });
    expect(await ask(address, '/a')).toBe(GREETING);
  });

  it('the program that web servers start answers one CGI request', async () => {
    const folder = await followTutorial();
    const env = { ...ENV, REQUEST_METHOD: 'GET', PATH_INFO: '/a', HTTP_HOST: 'localhost' };
    const file = join(folder, 'mysite-fastcgi.mjs');
    const { code, stdout } = await end(startChild(cleanup, process.execPath, [file], { env }));
    expect({ code, stdout }).toEqual({ code: 0, stdout: expect.stringContaining(GREETING) });
  });
});

describe('the adapter', () => {
  it('serves a folder whose package.json names it', async () => {
    const folder = await followTutorial();
    const pages = join(folder, 'pages');
    mkdirSync(pages);
    writeFileSync(join(pages, 'index.txt'), 'a page\n');
    const [manifest] = blocksOf(DOCUMENT).filter(({ language }) => language === 'json');
    const name = JSON.parse(manifest?.text ?? '').sluice.adapter;
    mkdirSync(join(pages, 'node_modules', name), { recursive: true });
    const adapter = readFileSync(join(folder, 'pages-adapter.mjs'));
    writeFileSync(join(pages, 'node_modules', name, 'index.mjs'), adapter);
    const entry = '{ "exports": "./index.mjs" }';
    writeFileSync(join(pages, 'node_modules', name, 'package.json'), entry);
    writeFileSync(join(pages, 'package.json'), manifest?.text ?? '');
    const words =
      'npx sluice serve ./pages --listen http://127.0.0.1:0 --concurrency thread --workers 1';
    const child = start(words, folder);
    expect(await ask(await addressOf(() => child.stderr, child), '/')).toBe('a page\n');
    expect(child.stderr).toContain('pages: a folder of pages\n');
  });
});

describe('tables', () => {
  const shown = (value: unknown) =>
    value === undefined ? 'not set' : typeof value === 'string' ? value : JSON.stringify(value);

  it.each([
    ['Settings', 'Setting', new ProjectSettings()],
    ['runfcgi', 'Option', new RunfcgiOptions()],
  ])('%s: every name, in order, with its default', (heading, column, defaults) => {
    const rows = rowsOf(section(DOCUMENT, heading), column).map((row) => row.slice(0, 2));
    expect(rows).toEqual(Object.entries(defaults).map(([name, value]) => [name, shown(value)]));
  });
});
