// Every command of the documents is run: what it starts answers, and ends when it is told to.
import { existsSync, readFileSync, statSync } from 'node:fs';
import { createServer } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { Cleanup } from '../support/cleanup.ts';
import { SLUICE, startSluice } from '../support/sluice.ts';
import { ask, bodyOf, scgiRequest } from './ask.ts';
import {
  expectToAnswer,
  expectToAsk,
  expectToEnd,
  expectToServe,
  expectToServeOn,
  run,
} from './commands.ts';
import {
  blocksOf,
  commandBehind,
  commandsOf,
  DOCUMENTS,
  ROOT,
  read,
  rowsOf,
  section,
  wordsOf,
} from './markdown.ts';
import { expectToSteer, isMissing } from './steer.ts';
import { WALKED, WALKED_WHEN_BUILT } from './walk.ts';
import { openWorkshop } from './workshop.ts';

const cleanup = new Cleanup();
afterEach(() => cleanup.run());

/** Some are run where what they need is: configuration.test.ts, django.test.ts, frameworks.test.ts. */
const documents = DOCUMENTS.filter(
  (document) =>
    !['docs/configuration.md', 'docs/django.md', ...WALKED, ...WALKED_WHEN_BUILT].includes(
      document,
    ),
);

const commands = documents
  .flatMap((document) => [...commandsOf(document), ...blocksOf(document).map(commandBehind)])
  .filter((command, at, all) => command !== '' && all.indexOf(command) === at);

/** `npm install && npm start`: the scripts exist, and so does what is installed. */
function expectScripts(command: string): void {
  const { scripts } = JSON.parse(readFileSync(`${ROOT}package.json`, 'utf8'));
  for (const part of command.split(' && ')) {
    const [npm, verb = '', ...more] = wordsOf(part);
    expect(npm).toBe('npm');
    if (verb === 'run') expect(scripts).toHaveProperty([more[0] as string]);
    else if (verb !== 'install') expect(scripts).toHaveProperty([verb]);
    else
      for (const path of more)
        expect(existsSync(path.replace('/path/to/sluice/', ROOT))).toBe(true);
  }
}

/** What follows a command when it is known how to try it. */
const TRIALS = [
  [/^npx sluice serve /, expectToServe],
  [/^(?:[A-Z_]+=\S+ )+npx sluice cgi /, expectToAnswer],
  [/^npx sluice request /, expectToAsk],
  [/^(?:SLUICE_CONTROL=\S+ )?npx sluice ctl |^curl --unix-socket /, expectToSteer],
] as const;

describe('commands', () => {
  it.for(commands)('%s', async (command, { skip }) => {
    skip(isMissing(command), 'curl is not installed');
    if (command.startsWith('npm ')) return expectScripts(command);
    const workshop = await openWorkshop(cleanup);
    workshop.write('ajp.secret', 'open-sesame\n');
    workshop.write('photo.jpg', 'no photo');
    const spawned = /^spawn-fcgi .* -- (.*)$/.exec(command)?.[1];
    if (spawned !== undefined) {
      const socket = { descriptor: 0, scheme: 'fastcgi' };
      return await expectToServeOn(cleanup, socket, wordsOf(workshop.local(spawned)), workshop);
    }
    const trial = TRIALS.find(([pattern]) => pattern.test(command))?.[1];
    if (!trial) throw new Error('a command that this test does not know how to try');
    await trial(cleanup, command, workshop);
  });
});

describe('addresses of the README', () => {
  const addresses = rowsOf(section('README.md', 'Addresses'), 'Address').map(
    ([address]) => address,
  );

  it.each(addresses as string[])('%s', async (address) => {
    const workshop = await openWorkshop(cleanup);
    const local = workshop.local(address);
    if (address.startsWith('cgi:')) {
      const command = `npx sluice serve ${address} --listen http://127.0.0.1:0`;
      await expectToServe(cleanup, command, workshop);
    } else if (address.includes('+fd:')) {
      const [scheme = '', descriptor] = address.split('+fd:');
      const words = [process.execPath, SLUICE, 'serve', 'app.mjs', '--listen', address];
      const socket = { descriptor: Number(descriptor), scheme };
      await expectToServeOn(cleanup, socket, words, workshop);
    } else if (address.includes('[::1]') && !(await hasIpv6())) {
      return;
    } else {
      await expectToServe(cleanup, `npx sluice serve app.mjs --listen ${local}`, workshop);
    }
  });

  it('a Unix socket has the mode that follows it, and 660 otherwise', async () => {
    const { folder } = await openWorkshop(cleanup);
    const [one, other] = [`scgi+unix:${folder}/a.sock`, `http+unix:${folder}/b.sock?mode=600`];
    const words = ['app.mjs', '--listen', one, '--listen', other];
    const server = await startSluice(cleanup, words, { cwd: folder });
    const sockets = ['a', 'b'].map((name) => `${folder}/${name}.sock`);
    expect(sockets.map((path) => statSync(path).mode & 0o777)).toEqual([0o660, 0o600]);
    await expectToEnd(server);
    expect(sockets.filter((path) => existsSync(path))).toEqual([]);
  });
});

async function hasIpv6(): Promise<boolean> {
  const server = createServer();
  return await new Promise((resolve) => {
    server.on('error', () => resolve(false));
    server.listen(0, '::1', () => server.close(() => resolve(true)));
  });
}

describe('docs/options.md', () => {
  const request = { REQUEST_METHOD: 'GET', PATH_INFO: '/' };

  it('arguments of a script are given to it, in order', async () => {
    const workshop = await openWorkshop(cleanup);
    const [address = ''] = /cgi:\S+\?arg=[^\s`]+/.exec(read('docs/options.md')) ?? [];
    workshop.write('cgi-bin/hello.sh', '#!/bin/sh\necho "Content-Type: text/plain\n\n$@"\n');
    const { stdout } = await run(['cgi', workshop.local(address)], workshop, null, request);
    expect(bodyOf(stdout)).toBe('one two\n');
  });

  it.each([
    ['http://127.0.0.1:0', '/blog/a'],
    ['scgi+stdio:', '/blog/a'],
  ])('WSGI_SCRIPT_NAME is the mount of %s', async (address, path) => {
    const workshop = await openWorkshop(cleanup);
    const env = { WSGI_SCRIPT_NAME: '/blog' };
    const words = ['app.mjs', '--listen', address];
    if (address.endsWith('+stdio:')) {
      const { stdout } = await run(['serve', ...words], workshop, scgiRequest(path), env);
      expect(bodyOf(stdout)).toBe('GET /a\n');
      return;
    }
    const { addresses } = await startSluice(cleanup, words, {
      cwd: workshop.folder,
      env: { ...process.env, ...env },
    });
    expect(await ask(addresses[0] as string, path)).toBe('GET /a\n');
  });

  it.each<Record<string, string | undefined>>([
    { SCRIPT_NAME: '/blog', PATH_INFO: '/a/' },
    { SCRIPT_NAME: '', PATH_INFO: '/blog/a/' },
    { SCRIPT_NAME: undefined, PATH_INFO: undefined }, // nginx
    { SCRIPT_NAME: '/blog', PATH_INFO: undefined }, // nginx with scgi_param SCRIPT_NAME /blog
    { SCRIPT_NAME: '/blog/a/', PATH_INFO: undefined }, // Apache
  ])('the whole path is cut at the mount, whatever was sent: %j', async (sent) => {
    const workshop = await openWorkshop(cleanup);
    const request = scgiRequest('/blog/a/', {}, sent);
    const words = ['serve', 'app.mjs', '--listen', 'scgi+stdio:', '--script-name', '/blog'];
    const { stdout } = await run(words, workshop, request);
    expect(bodyOf(stdout)).toBe('GET /a/\n');
  });

  it.each([
    ['--debug', 'http://0.0.0.0:0', '--debug'],
    ['AJP without a secret', 'ajp://0.0.0.0:0'],
  ])('%s is refused where others can connect', async (_what, ...listen) => {
    const workshop = await openWorkshop(cleanup);
    const words = ['serve', 'app.mjs', '--listen', ...listen];
    expect((await run(words, workshop, null)).code).toBe(2);
  });
});
