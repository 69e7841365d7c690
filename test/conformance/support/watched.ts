// A server that is asked for its statistics while it runs, and requests that it holds.
import type { SpawnOptions } from 'node:child_process';
import type { Answer } from '@sluice/gateway/testing';
import type { ServerStatus } from '@sluice/monitor';
import { backEndFor } from './back-end.ts';
import { ask } from './calls.ts';
import { sluiceServe } from './command.ts';
import type { Program } from './program.ts';
import { Journal } from './scratch.ts';
import { app } from './start-server.ts';
import { until } from './until.ts';

/** A server that runs, and what it says of itself. */
export interface Watched {
  readonly program: Program;
  readonly url: string;
  status(): Promise<ServerStatus>;
}

/** How a server is started. */
export interface WatchedOptions extends SpawnOptions {
  readonly protocol?: string;
  /** Instead of worker.js. */
  readonly application?: string;
}

/** Starts a server of worker.js on a free port, with these words more. */
export async function watched(
  model: string,
  words: readonly string[],
  { protocol = 'scgi', application = app('worker.js'), ...options }: WatchedOptions = {},
): Promise<Watched> {
  const { program, url } = await sluiceServe(
    application,
    [
      ...['--listen', `${protocol}://127.0.0.1:0`, '--concurrency', model],
      ...['--stats', 'http://127.0.0.1:0', ...words],
    ],
    options,
  );
  const stats = /statistics at (\S+)/.exec(program.stderr)?.[1];
  const status = async () => (await (await fetch(`${stats}/status.json`)).json()) as ServerStatus;
  return { program, url, status };
}

/** Requests that are in progress until the test lets them go. */
export class Held {
  readonly journal = new Journal();
  readonly #answers: Promise<Answer>[] = [];

  /** Begins so many requests, and waits until the application has them. */
  static async at(url: string, count: number): Promise<Held> {
    const held = new Held();
    await held.more(url, count);
    await held.begun(count);
    return held;
  }

  /** Sends requests, whether they begin or not. */
  async more(url: string, count: number): Promise<void> {
    const backEnd = await backEndFor(url);
    for (let at = 0; at < count; at++) {
      const answer = request(backEnd, '/wait', this.journal.variables);
      answer.catch(() => {});
      this.#answers.push(answer);
    }
  }

  /** Waits until so many have begun. */
  async begun(count: number, deadline = 10_000): Promise<void> {
    const { journal } = this;
    await until(`${count} begun`, () => journal.count('begun') === count, deadline);
  }

  /** Lets them go; gives all answers, in the order in which they were asked for. */
  async release(): Promise<Answer[]> {
    this.journal.open('go');
    return await Promise.all(this.#answers);
  }

  /** The answer of the first, which may come before it is let go. */
  outcome(): Promise<Answer> {
    return this.#answers[0] as Promise<Answer>;
  }

  /** The same for those that may fail: their texts, or what they failed with. */
  async outcomes(): Promise<string[]> {
    this.journal.open('go');
    return await Promise.all(
      this.#answers.map((answer) => answer.then(({ text }) => text, String)),
    );
  }
}

type BackEnd = Parameters<typeof ask>[0];

/** Asks for a path of worker.js. */
export async function request(
  backEnd: BackEnd,
  path: string,
  variables: Readonly<Record<string, string>> = {},
): Promise<Answer> {
  return await ask(backEnd, 'worker', { PATH_INFO: path, REQUEST_URI: path, ...variables });
}
