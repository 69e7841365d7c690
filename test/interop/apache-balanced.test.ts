// Two processes of Sluice behind one Apache, by mod_proxy_balancer and by mod_jk: sessions, and processes that end.
import type { Agent } from 'node:http';
import { expect } from 'vitest';
import type { Cleanup } from '../support/cleanup.ts';
import { oneConnection } from '../support/http-client.ts';
import { appPath, portOf, type RunningSluice, startSluice } from '../support/sluice.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { until } from '../support/until.ts';
import { NO_ENCODED_SLASHES, NORMALISED } from './facts.ts';
import { APACHE, apacheModule, startApache } from './servers/apache.ts';
import { contentOf } from './servers/web-server.ts';
import { describeSetUp, type SetUp } from './set-up.ts';
import type { Site } from './site.ts';

type Name = 'first' | 'second';

/** Two processes, and a web server in front of them. */
class Balanced {
  readonly #site: string;
  readonly #processes = new Map<Name, RunningSluice>();
  #cleanup: Cleanup | undefined;
  #log = '';

  /** @param site - a configuration that is told FIRST_PORT, SECOND_PORT and a folder for LOGS */
  constructor(site: string) {
    this.#site = site;
  }

  readonly start: SetUp['start'] = async (cleanup) => {
    this.#cleanup = cleanup;
    const logs = temporaryFolder(cleanup);
    const apache = await startApache(cleanup, this.#site, {
      LOGS: logs,
      FIRST_PORT: await this.run('first'),
      SECOND_PORT: await this.run('second'),
    });
    const { origin, secureOrigin } = apache;
    const own = () => [...this.#processes.values()].map(({ child }) => child.stderr).join('');
    const log = () => this.#log + own() + apache.log() + contentOf(`${logs}/jk.log`);
    return { origin, secureOrigin, logs: log };
  };

  /** Starts a process, once more at its port if it was there before. */
  async run(name: Name): Promise<string> {
    const before = this.#processes.get(name);
    this.#log += before?.child.stderr ?? '';
    const port = before ? portOf(before.addresses[0]) : '0';
    const started = await startSluice(this.#cleanup as Cleanup, [
      ...[appPath('every-behaviour.js'), '--listen'],
      `ajp://127.0.0.1:${port}?secret=open-sesame`,
    ]);
    this.#processes.set(name, started);
    return portOf(started.addresses[0]);
  }

  /** Ends a process. */
  async end(name: Name, signal: NodeJS.Signals): Promise<void> {
    await this.#processes.get(name)?.child.stop(signal);
  }

  /** Its process id. */
  idOf(name: Name): number {
    return this.#processes.get(name)?.child.pid ?? 0;
  }
}

interface Session {
  readonly process: number;
  /** As a client sends it. */
  readonly cookie: string;
}

/** Asks for a session: a new one, or the one of a cookie. */
async function session(site: Site, cookie?: string, agent?: Agent): Promise<Session> {
  const { status, headers, text } = await site.exchange('/session', {
    ...(cookie && { headers: { Cookie: cookie } }),
    ...(agent && { agent }),
  });
  expect(status, text).toBe(200);
  const [set] = headers['set-cookie'] ?? [];
  return { process: JSON.parse(text).process, cookie: cookie ?? set?.split(';')[0] ?? '' };
}

/** Asks without a session until both processes have answered. */
async function untilBothAnswer(site: Site): Promise<Session[]> {
  const sessions = new Map<number, Session>();
  await until('both processes answer', async () => {
    const begun = await session(site);
    sessions.set(begun.process, begun);
    return sessions.size === 2;
  });
  return [...sessions.values()];
}

function routeOf(cookie: string): Name {
  const [, route] = /^(?:ROUTE=|SESSION=4711)\.(first|second)$/.exec(cookie) ?? [];
  if (!route) throw new Error(`no route in the cookie ${cookie}`);
  return route as Name;
}

const CLIENTS = 10;
const REQUESTS = 20; // of a session, one after the other

/** @param of - what is different from one to the other */
function describeBalanced(
  title: string,
  module: string,
  site: string,
  of: Pick<SetUp, 'also' | 'limits'>,
): void {
  const balanced = new Balanced(site);
  describeSetUp({
    title,
    programs: [APACHE, apacheModule(module)],
    mount: '',
    start: balanced.start,
    facts: {
      variables: { 'sluice.protocol': 'ajp' },
      paths: { ...NORMALISED, ...NO_ENCODED_SLASHES },
    },
    ...of,
    own: {
      'session: each stays with the process that began it': async (site) => {
        for (const { process, cookie } of await untilBothAnswer(site)) {
          expect(process).toBe(balanced.idOf(routeOf(cookie)));
          for (let count = 0; count < REQUESTS; count++)
            expect((await session(site, cookie)).process).toBe(process);
        }
      },
      'process: one is stopped and started again while clients ask, and none notices': async (
        site,
      ) => {
        let isOver = false;
        const clients = Array.from({ length: CLIENTS }, async () => {
          const agent = oneConnection(site.origin);
          let count = 0;
          for (; !isOver; count++) await session(site, undefined, agent);
          agent.destroy();
          return count;
        });
        await balanced.end('first', 'SIGTERM');
        await balanced.run('first');
        const sessions = await untilBothAnswer(site);
        isOver = true;
        expect(Math.min(...(await Promise.all(clients)))).toBeGreaterThan(0);
        expect(sessions.map(({ process }) => process)).toContain(balanced.idOf('first'));
      },
      'process: one is killed, and its session goes on with the other': async (site) => {
        const [{ cookie }] = (await untilBothAnswer(site)) as [Session];
        const route = routeOf(cookie);
        await balanced.end(route, 'SIGKILL');
        const other = route === 'first' ? 'second' : 'first';
        for (let count = 0; count < REQUESTS; count++) {
          const { process } = await session(site, cookie);
          expect(process).toBe(balanced.idOf(other));
        }
      },
    },
  });
}

describeBalanced(
  'Apache, mod_proxy_balancer over AJP',
  'mod_proxy_balancer',
  'apache-ajp-balancer.conf',
  {
    limits: {
      'headers: two Set-Cookie are kept apart': {
        reason: 'the configuration adds one of its own',
        async instead(site) {
          const { headers } = await site.exchange('/cookies');
          expect(headers['set-cookie']).toEqual([
            'a=1; Path=/; Expires=Fri, 31 Dec 2100 23:59:59 GMT',
            'b=2; Path=/',
            expect.stringMatching(/^ROUTE=\.(?:first|second); path=\/$/),
          ]);
        },
      },
    },
  },
);

describeBalanced('Apache, mod_jk', 'mod_jk', 'apache-jk.conf', {
  also: ['large', 'https', 'uploads'],
});
