// What a control socket does: one route for each verb.
import type { ServerStatus, WorkerStatus } from '@sluice/monitor';
import { OptionError } from '@sluice/protocol';
import type { Server } from '../serving/server.ts';
import {
  type Answer,
  type Asked,
  failure,
  json,
  jsonStatus,
  prometheusStatus,
  type Reply,
  type Route,
  refusal,
} from './management-http.ts';
import { readScale, readSwitch, readWait } from './words.ts';

/** The verbs of a server. */
export class ControlVerbs {
  /** By path. */
  readonly routes: Readonly<Record<string, Route>> = {
    '/status': this.#get(jsonStatus),
    '/metrics': this.#get(prometheusStatus),
    '/reload': this.#post(['rolling', 'wait'], (asked, reply) => this.#reload(asked, reply)),
    '/stop': this.#post(['now', 'wait'], (asked, reply) => this.#stop(asked, reply)),
    '/scale': this.#post(['workers'], (asked, reply) => this.#scale(asked, reply)),
    '/reopen': this.#post([], (_asked, reply) => this.#reopen(reply)),
  };
  readonly #server: Server;
  readonly #concurrency: ServerStatus['concurrency'];
  readonly #waiting = new Set<() => void>(); // what tells each of those who wait that the server has ended

  /** @param server - that is steered
   * @param concurrency - its model */
  constructor(server: Server, concurrency: ServerStatus['concurrency']) {
    this.#server = server;
    this.#concurrency = concurrency;
  }

  /** Tells those who wait that the server has ended, within this very call. */
  end(): void {
    for (const tell of this.#waiting) tell();
  }

  #get(write: (status: ServerStatus) => Answer): Route {
    return {
      method: 'GET',
      takes: [],
      run: async (_asked, reply) => reply.send(write(await this.#server.status())),
    };
  }

  #post(takes: readonly string[], run: Route['run']): Route {
    return { method: 'POST', takes, run };
  }

  #reload({ query }: Asked, reply: Reply): void {
    const rolling = readSwitch(query, 'rolling');
    const wait = readWait(query);
    if (this.#concurrency === 'single') {
      throw new OptionError(
        'ERR_OPTION_COMBINATION',
        'single runs the application in the process itself, which cannot import it anew: start the server again, or choose concurrency fork or thread',
      );
    }
    this.#refuseAtStop();
    const since = Date.now();
    this.#server
      .reload(rolling)
      .then(() => this.#server.status())
      .then(
        ({ workers }) =>
          reply.send(json(200, { done: 'reloaded', workers: workers.filter(serves).length })),
        (error) => reply.send(failure(error)),
      );
    this.#await(reply, wait, {
      ended: refusal(503, 'the server has ended before all workers were replaced'),
      late: (status) => lateReload(status, wait, since),
    });
  }

  #stop({ query }: Asked, reply: Reply): void {
    const now = readSwitch(query, 'now');
    const wait = readWait(query);
    this.#await(reply, wait, {
      ended: json(200, { done: 'stopped' }),
      late: (status) => lateStop(status, wait),
    });
    const times = (this.#server.isClosing ? 0 : 1) + (now ? 1 : 0); // called again, close() stops at once
    for (let time = 0; time < times; time++) {
      this.#server.close().catch((error) => reply.send(failure(error)));
    }
  }

  #scale({ query, text }: Asked, reply: Reply): void {
    const change = readScale(query, text);
    this.#refuseAtStop();
    const workers = this.#server.scale(change);
    const each = this.#concurrency === 'thread' ? { each: 'process' } : {};
    reply.send(json(200, { done: 'scaled', workers, ...each }));
  }

  #reopen(reply: Reply): void {
    this.#server.reopenLogs();
    reply.send(json(200, { done: 'reopened' }));
  }

  #refuseAtStop(): void {
    if (this.#server.isClosing)
      throw new OptionError('ERR_OPTION_COMBINATION', 'the server is being stopped');
  }

  /** Answers a request that nobody has answered when the server ends, or after so many seconds. */
  #await(
    reply: Reply,
    seconds: number,
    { ended, late }: { ended: Answer; late: (status: ServerStatus) => Answer },
  ): void {
    const tell = () => reply.send(ended);
    const timer = setTimeout(() => {
      this.#server.status().then(
        (status) => reply.send(late(status)),
        (error) => reply.send(failure(error)),
      );
    }, seconds * 1000);
    this.#waiting.add(tell);
    reply.onclose(() => {
      clearTimeout(timer);
      this.#waiting.delete(tell);
    });
  }
}

/** Whether a worker takes requests, or should. */
function serves({ state }: WorkerStatus): boolean {
  return state !== 'leaving' && state !== 'starting';
}

function lateReload({ workers }: ServerStatus, wait: number, since: number): Answer {
  const there = workers.filter(serves);
  const missing = there.filter((worker) => worker.since < since);
  return pending(
    'reload',
    missing,
    `not done after ${wait} s: ${missing.length} of ${there.length} workers go on until a new one is ready in their place; where new ones fail, the error log says why`,
  );
}

function lateStop({ workers }: ServerStatus, wait: number): Answer {
  const count = workers.reduce((sum, { active }) => sum + active, 0);
  return pending(
    'stop',
    workers,
    `not stopped after ${wait} s: ${workers.map(({ name }) => name).join(', ')} still there, with ${count} requests in progress`,
  );
}

/** An answer that says what is still missing. */
function pending(verb: string, missing: readonly WorkerStatus[], message: string): Answer {
  return json(202, { pending: verb, missing: missing.map(({ name }) => name), message });
}
