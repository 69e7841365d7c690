// A framework's application over every front-end: the same cases for all of them.
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Application, PROTOCOLS, type ProtocolName } from 'sluice';
import { beforeAll, describe, expect, it } from 'vitest';
import { backEndFor } from '../conformance/support/back-end.ts';
import { begin } from '../conformance/support/calls.ts';
import { LISTENERS } from '../conformance/support/matrix.ts';
import { startServer, type TestServer } from '../conformance/support/start-server.ts';
import { until, within } from '../conformance/support/until.ts';
import { CASES, type Case, CLIENT, type Feature } from './cases.ts';
import { PATIENCE, patientAsk } from './patient-ask.ts';

const ADAPTED = fileURLToPath(new URL('../fixtures/frameworks/adapted.js', import.meta.url));

/** An application of a framework. */
export interface Framework {
  /** What it has beside a router. */
  readonly has: readonly Feature[];
  /** Where its module is, unless it is named like the framework. */
  readonly module?: string;
  /** The only protocol to show it over; all of them, and CGI, by default. */
  readonly only?: ProtocolName;
  /** Whether it calls `listen()` itself. */
  readonly listens?: boolean;
  /** More of its environment. */
  readonly env?: Readonly<Record<string, string>>;
  /** Names of cases that it cannot show, each with the reason. */
  readonly cannot?: Readonly<Record<string, string>>;
  /** What it logs of an error that a case provokes. */
  readonly logs?: RegExp;
}

/** Shows all cases with one application: one process for all listeners, and one for each CGI request. */
export function describeFramework(name: string, framework: Framework): void {
  const { has, cannot = {}, logs, only } = framework;
  const env = environmentOf(name, framework);
  const cases = CASES.filter(({ needs }) => !needs || has.includes(needs));
  const unknown = Object.keys(cannot).filter((each) => !cases.some((one) => one.name === each));
  if (unknown.length > 0) throw new Error(`${name} has no such cases: ${unknown.join(', ')}`);
  const shown = cases.filter((each) => !(each.name in cannot));

  describe(name, () => {
    for (const [impossible, reason] of Object.entries(cannot)) {
      it.skip(`${impossible}: ${reason}`, () => {});
    }
    const protocols = only ? [only] : LISTENERS;
    describe('listeners', () => describeListeners(protocols, env, shown, logs));
    if (!only) describe('cgi', () => describeCgi(env, shown));
  });
}

function environmentOf(name: string, { module, listens, env }: Framework): Record<string, string> {
  return {
    ...(module !== undefined && { FRAMEWORK_MODULE: module }),
    ...(listens && { FRAMEWORK_LISTENS: '1' }),
    FRAMEWORK: name,
    ...env,
  };
}

/** One process that listens by every protocol. */
function describeListeners(
  protocols: readonly ProtocolName[],
  env: Record<string, string>,
  cases: readonly Case[],
  logs?: RegExp,
): void {
  let server: TestServer;
  beforeAll(async () => {
    server = await startServer(
      ADAPTED,
      { listen: protocols.map(address) },
      { ...process.env, ...env },
    );
    return async () => {
      expect((await server.stop()).code).toBe(0);
      const suspicious = server.log.filter((line) => /PEP 3333|unhandled|uncaught/i.test(line));
      expect(suspicious.filter((line) => !logs?.test(line))).toEqual([]);
    };
  });

  const end = async () => {
    await server.program.kill();
    return server.program.stdout + server.program.stderr;
  };

  describe.each(protocols)('%s', (protocol) => {
    const backEnd = () => {
      const url = server.urls.find((candidate) => candidate.startsWith(`${protocol}:`));
      return backEndFor(url as string);
    };

    it.each(cases)('$name', async ({ show }) => {
      await show(patientAsk(await backEnd(), end));
    });

    it('server-sent events come one by one, and a client that leaves ends them', async () => {
      const ask = patientAsk(await backEnd(), end);
      const closings = async () =>
        JSON.parse((await ask({ PATH_INFO: '/closings', REQUEST_URI: '/closings' })).text).closed;
      const before = await closings();
      const variables = { PATH_INFO: '/events', REQUEST_URI: '/events', REMOTE_ADDR: CLIENT };
      const client = await within('a head', begin(await backEnd(), 'events', variables), PATIENCE);
      let text = '';
      while (!text.includes('data: 2\n\n')) {
        text += (await within('an event', client.blocks.next(), PATIENCE)).value;
      }
      expect(text).toMatch(/^(?:\nid: 1\n)?data: 1\n\n/);
      client.leave();
      await client.close();
      await until('the end of the events', async () => (await closings()) === before + 1);
    });
  });
}

/** A process for each request. */
function describeCgi(env: Record<string, string>, cases: readonly Case[]): void {
  let backEnd: Application;
  beforeAll(async () => {
    const folder = mkdtempSync(join(tmpdir(), 'sluice-framework-'));
    backEnd = await cgiBackEnd(folder, env);
    return () => rmSync(folder, { recursive: true });
  });

  it.concurrent.each(cases.filter(({ isLong }) => !isLong))('$name', async ({ show }) => {
    await show(patientAsk(backEnd));
  });
}

/** The adapted application as a CGI program in a folder, with an environment of its own. */
export async function cgiBackEnd(
  folder: string,
  env: Readonly<Record<string, string>>,
): Promise<Application> {
  const script = join(folder, 'application.mjs');
  const from = (name: string) => JSON.stringify(import.meta.resolve(name));
  writeFileSync(
    script,
    `#!${process.execPath}
import { runCgi } from ${from('sluice/cgi')};
Object.assign(process.env, ${JSON.stringify(env)});
await runCgi((await import(${JSON.stringify(ADAPTED)})).default);
`,
  );
  chmodSync(script, 0o755);
  const backEnd = await PROTOCOLS.cgi.backEnd();
  return backEnd.open({ type: 'file', path: script, args: [] }, { killTimeout: 500 });
}

/** Where a listener of a protocol is to be. Our back-end for HTTP forwards the client's address. */
function address(protocol: string): string {
  return `${protocol}://127.0.0.1:0${protocol === 'http' ? '?trust=127.0.0.1' : ''}`;
}
