// Requests with an id of their own each, from several clients, one after the other, until a test has seen enough.
import { Client, Unanswered } from './client.ts';
import { WIRES, type WireName } from './wire.ts';

/** A request that went wrong. */
export interface Trouble {
  readonly id: number;
  readonly text: string;
  /** The client's port. */
  readonly port: number | undefined;
}

/** A load. */
export class StormLoad {
  /** Requests that were answered as they should. */
  done = 0;
  /** Requests that were refused, reset, cut, or answered with anything else. */
  readonly failures: Trouble[] = [];
  /** Requests that were sent again, since their kept connection had just been closed. */
  readonly races: Trouble[] = [];
  /** Who answered. */
  readonly seen = new Set<string>();
  #ids = 0;
  #isOver = false;
  readonly #clients: Promise<void>[];

  /** Begins at once. */
  constructor(url: string, clients: number) {
    const wire = WIRES[/^\w+/.exec(url)?.[0] as WireName];
    this.#clients = Array.from({ length: clients }, () => this.#run(new Client(url, wire)));
  }

  /** Ends, with every request answered. */
  async stop(): Promise<void> {
    this.#isOver = true;
    await Promise.all(this.#clients);
  }

  async #run(client: Client): Promise<void> {
    while (!this.#isOver) await this.#ask(client, this.#ids++);
    client.drop();
  }

  async #ask(client: Client, id: number): Promise<void> {
    try {
      const { status, body } = await client.ask(`/id/${id}`);
      const [, found, who, rest] = /^(\d+) (\d+:\d+) (x*)$/.exec(body) ?? [];
      if (status !== 200 || found !== `${id}` || rest?.length !== id % 1000)
        throw new Error(`status ${status}: ${JSON.stringify(body.slice(0, 200))}`);
      this.seen.add(who as string);
      this.done++;
    } catch (error) {
      client.drop();
      const isRace = error instanceof Unanswered && error.isRace;
      const port = error instanceof Unanswered ? error.port : undefined;
      (isRace ? this.races : this.failures).push({ id, text: `${error}`, port });
      if (isRace) await this.#ask(client, id);
    }
  }
}
