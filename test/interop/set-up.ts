// A set-up: which web server, how it reaches Sluice, what it cannot do; and how its tests run.
import { afterAll, beforeAll, it } from 'vitest';
import { Cleanup } from '../support/cleanup.ts';
import { type CaseName, casesOf, type Group } from './cases.ts';
import { describeWith, type Program } from './servers/program.ts';
import { type Case, type Facts, Site } from './site.ts';

/** What a web server cannot do: why, and what it does instead, where that can be told. */
export interface Limit {
  readonly reason: string;
  readonly instead?: Case;
}

/** A set-up that is running. */
export interface Running {
  readonly origin: string;
  /** Where it speaks TLS. */
  readonly secureOrigin?: string | undefined;
  readonly logs: () => string;
}

/** One way to put Sluice behind a web server. */
export interface SetUp {
  readonly title: string;
  readonly programs: readonly Program[];
  /** Starts everything; what has to be stopped is left with the cleanup. */
  readonly start: (cleanup: Cleanup) => Promise<Running>;
  /** Path that the application is mounted at; `''`: the root. */
  readonly mount: string;
  readonly facts?: Partial<Facts>;
  /** Groups of cases beside those that every set-up runs. */
  readonly also?: readonly Group[];
  readonly limits?: Partial<Record<CaseName, Limit>>;
  /** Cases of this set-up alone. */
  readonly own?: Readonly<Record<string, Case>>;
}

/** Declares the tests of a set-up. */
export function describeSetUp(setUp: SetUp): void {
  const { title, programs, also = [], limits = {}, own = {} } = setUp;
  describeWith(programs, title, () => {
    const cleanup = new Cleanup();
    let site: Site;
    beforeAll(async () => {
      const running = await setUp.start(cleanup);
      const facts = {
        variables: {},
        paths: {},
        queries: {},
        asksUnbuffered: false,
        noise: [],
        ...setUp.facts,
      };
      site = new Site(running, setUp.mount, facts);
    });
    afterAll(() => cleanup.run());

    for (const [name, test] of Object.entries(casesOf(also))) {
      const limit = limits[name as CaseName];
      if (!limit) it(name, () => withLogs(site, test));
      else if (limit.instead) {
        const { instead } = limit;
        it(`${name} (${limit.reason})`, () => withLogs(site, instead));
      } else it.skip(`${name} (${limit.reason})`, () => {});
    }
    for (const [name, test] of Object.entries(own)) it(name, () => withLogs(site, test));
  });
}

const SHOWN = 4000; // characters of the logs that a failure shows

/** Runs a case; a failure shows the end of the logs. */
async function withLogs(site: Site, test: Case): Promise<void> {
  try {
    await test(site);
  } catch (error) {
    if (error instanceof Error) error.message += `\n--- logs ---\n${site.logs().slice(-SHOWN)}`;
    throw error;
  }
}
