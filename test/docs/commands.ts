// Runs the commands of the documents as a person would, and looks whether they do what is said of them.
import { spawn } from 'node:child_process';
import { bind } from '@sluice/concurrency';
import { expect } from 'vitest';
import type { Cleanup } from '../support/cleanup.ts';
import { type RunningSluice, SLUICE, startSluice } from '../support/sluice.ts';
import { inTime, until } from '../support/until.ts';
import { ask, askByProxy, bodyOf, scgiRequest } from './ask.ts';
import { wordsOf } from './markdown.ts';
import type { Workshop } from './workshop.ts';

/** What each of the applications of the documents answers, wherever it is mounted. */
const PATHS: Readonly<Record<string, string>> = { 'cgi:': '/hello.mjs/a', 'http:': '/a' };

/** How a command ended. */
export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs `sluice …` with words, as a shell does, and settles with what it printed. */
export async function run(
  words: readonly string[],
  { folder }: Workshop,
  input: string | null,
  env: NodeJS.ProcessEnv = {},
): Promise<Ended> {
  const child = spawn(process.execPath, [SLUICE, ...words], {
    cwd: folder,
    env: { ...process.env, ...env },
    stdio: [input === null ? 'ignore' : 'pipe', 'pipe', 'pipe'],
  });
  child.stdin?.end(input);
  let [stdout, stderr] = ['', ''];
  child.stdout?.setEncoding('latin1').on('data', (text: string) => {
    stdout += text;
  });
  child.stderr?.setEncoding('latin1').on('data', (text: string) => {
    stderr += text;
  });
  const ended = new Promise<number | null>((resolve) => child.on('close', resolve));
  const code = await inTime(`sluice ${words.join(' ')} ends`, ended);
  return { code, stdout, stderr };
}

/** `npx sluice serve …`: what it serves answers at each of its addresses, and TERM ends it. */
export async function expectToServe(
  cleanup: Cleanup,
  command: string,
  workshop: Workshop,
): Promise<void> {
  const [application = '', ...options] = wordsOf(workshop.local(command)).slice(3);
  const words = [await startNamed(cleanup, application, workshop), ...options];
  if (words.some((word) => word.includes('+stdio:'))) {
    const { code, stdout } = await run(['serve', ...words], workshop, scgiRequest('/a'));
    expect([code, bodyOf(stdout)]).toEqual([0, 'GET /a\n']);
    return;
  }
  const server = await startSluice(cleanup, words, { cwd: workshop.folder });
  const at = words.indexOf('--script-name');
  const mount = at < 0 ? '' : (words[at + 1] as string);
  const path = PATHS[/^\w+:/.exec(application)?.[0] ?? ''] ?? '/a';
  const listen = words.filter((_, index) => words[index - 1] === '--listen');
  for (const [index, address] of server.addresses.entries()) {
    const given = listen[index] as string;
    const asked = `${address}${secretOf(given)}`; // what is shown has no secret
    const askIt = given.includes('proxyProtocol=yes') ? askByProxy : ask;
    expect(await askIt(asked, `${mount}${path}`)).toBe('GET /a\n');
  }
  await expectToEnd(server);
}

/** TERM ends a server. */
export async function expectToEnd({ child }: RunningSluice): Promise<void> {
  expect(await child.stop()).toEqual({ code: 0, signal: null });
}

/** `REQUEST_METHOD=GET … npx sluice cgi NAME`: the name is an application, or a server that runs. */
export async function expectToAnswer(
  cleanup: Cleanup,
  command: string,
  workshop: Workshop,
): Promise<void> {
  const words = wordsOf(workshop.local(command));
  const start = words.indexOf('npx');
  const pairs = words.slice(0, start).map((word) => word.split('=') as [string, string]);
  const name = await startNamed(cleanup, words[start + 3] as string, workshop);
  const env = Object.fromEntries(pairs);
  const { code, stdout } = await run(['cgi', name], workshop, null, env);
  expect([code, bodyOf(stdout)]).toEqual([0, `GET ${env.PATH_INFO}\n`]);
}

const OPTIONS_WITH_VALUES = ['-X', '-H', '-d', '-o', '--variable', '--script-name', '--max-time'];

/** `npx sluice request …`: there is an answer, and it is that of the application of the README. */
export async function expectToAsk(
  cleanup: Cleanup,
  command: string,
  workshop: Workshop,
): Promise<void> {
  const [address = '', ...words] = wordsOf(workshop.local(command)).slice(3);
  const server = await startNamed(cleanup, address, workshop);
  const { code, stdout, stderr } = await run(['request', server, ...words], workshop, 'hello');
  expect(code, stderr).toBe(0);
  if (words.includes('--ping')) {
    expect(stdout).toMatch(/ answers after \d+\.\d ms: /);
    return;
  }
  const body = words.includes('-i') ? (stdout.split('\r\n\r\n')[1] as string) : stdout;
  expect(body).toMatch(words.includes('-d') ? /^POST / : /^GET /);
  const path = words.find(
    (word, at) => word.startsWith('/') && !OPTIONS_WITH_VALUES.includes(words[at - 1] ?? ''),
  );
  const { pathname } = new URL(path ?? '/', 'http://localhost');
  expect(`${pathname}\n`).toContain(/^\w+ (.*\n)/.exec(body)?.[1]); // a script or mount is cut off
  if (words.includes('-v')) expect(stderr).toMatch(/^> .*\n[\s\S]*^< /m);
}

const STARTED = /^(?:http|scgi|uwsgi|fastcgi|ajp)(?::\/\/127\.0\.0\.1:0\b|\+unix:)/;

/** Starts the server that an address names, with the application of the README; settles with the way to it. */
async function startNamed(
  cleanup: Cleanup,
  address: string,
  { folder }: Workshop,
): Promise<string> {
  if (!STARTED.test(address)) return address;
  const [place = '', options] = address.split('?');
  const listen = `${place}${secretOf(address)}`;
  const { addresses } = await startSluice(cleanup, ['app.mjs', '--listen', listen], {
    cwd: folder,
  });
  return `${addresses[0]}${options === undefined ? '' : `?${options}`}`;
}

/** The secret of an address, as an option of another one. */
function secretOf(address: string): string {
  const secret = /[?&](secret(?:File)?=[^&]+)/.exec(address)?.[1];
  return secret === undefined ? '' : `?${secret}`;
}

/** A program that finds its listening socket on a descriptor answers, and TERM ends it. */
export async function expectToServeOn(
  cleanup: Cleanup,
  { descriptor, scheme }: { readonly descriptor: number; readonly scheme: string },
  [program = '', ...words]: readonly string[],
  { folder }: Workshop,
): Promise<void> {
  const bound = await bind({ type: 'tcp', host: '127.0.0.1', port: 0 });
  cleanup.add(() => bound.close());
  const stdio = Array.from({ length: Math.max(3, descriptor + 1) }, (_, fd) =>
    fd === descriptor ? (bound.fd as number) : ('ignore' as const),
  );
  const child = spawn(program, words, { cwd: folder, stdio });
  const ended = new Promise((resolve) => child.on('close', resolve));
  cleanup.add(() => child.kill('SIGKILL') && ended);
  const { port } = bound.address as { port: number };
  const address = `${scheme}://127.0.0.1:${port}`;
  const answer = await until(`${program} answers`, () => ask(address, '/a').catch(() => false));
  expect(answer).toBe('GET /a\n');
  child.kill();
  expect(await inTime(`${program} ends`, ended)).toBe(0);
}
