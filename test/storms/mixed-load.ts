// A bit of everything, with pauses: small answers, large bodies both ways, slow clients, clients that leave.
import { setTimeout as pause } from 'node:timers/promises';
import { call } from '@sluice/gateway/testing';
import { PROTOCOLS, type ProtocolName } from 'sluice';
import { targetOf } from '../conformance/support/back-end.ts';
import { Peer } from '../conformance/support/peer.ts';
import { until } from '../conformance/support/until.ts';
import { Client } from './client.ts';
import { WIRES, type Wire, type WireName } from './wire.ts';

const LARGE = 300_000; // bytes
const ENDLESS = 20_000_000; // bytes: more than anybody waits for
const PIECES = 8;
const BETWEEN = 20; // milliseconds on average between two things that a client does
const KEPT_FOR = 200; // milliseconds: so that a pause of the load finds no connection

/** What a client does again and again; `turn` counts. @throws when it gets another answer than it should */
type Habit = (turn: number) => Promise<void>;

/** A load. */
export class MixedLoad {
  /** Things done. */
  done = 0;
  /** What went wrong. */
  readonly failures: string[] = [];
  #isOver = false;
  readonly #drops: (() => void)[] = [];
  readonly #clients: Promise<void>[] = [];

  /** Begins at once. */
  constructor(urls: readonly string[]) {
    for (const url of urls) {
      const name = /^[a-z]+/.exec(url)?.[0] as ProtocolName;
      void this.#carry(url, name);
      const wire: Wire | undefined = WIRES[name as WireName];
      if (!wire) continue;
      this.#go(name, this.#small(url, wire));
      this.#go(name, slow(url, wire));
      this.#go(name, leaving(url, wire));
    }
  }

  /** Ends, with everything answered, and every connection closed from this side. */
  async stop(): Promise<void> {
    this.#isOver = true;
    await Promise.all(this.#clients);
    for (const drop of this.#drops) drop();
  }

  #go(name: string, habit: Habit): void {
    this.#clients.push(this.#repeat(name, habit));
  }

  async #repeat(name: string, habit: Habit): Promise<void> {
    for (let turn = 0; !this.#isOver; turn++) {
      try {
        await habit(turn);
        this.done++;
      } catch (error) {
        this.failures.push(`${name}: ${error}`);
      }
      await pause(Math.random() * 2 * BETWEEN);
    }
  }

  #small(url: string, wire: Wire): Habit {
    const client = new Client(url, wire);
    this.#drops.push(() => client.drop());
    return async (turn) => {
      const { status, body } = await client.ask(`/id/${turn}`);
      if (status !== 200 || !body.startsWith(`${turn} `)) throw new Error(`not ${turn}: ${body}`);
      if (turn % 20 === 0) client.drop();
    };
  }

  /** Large bodies, which our own back-ends send and read. */
  async #carry(url: string, name: ProtocolName): Promise<void> {
    const { open } = await PROTOCOLS[name].backEnd();
    const backEnd = open(targetOf(url), { keep: 1, keepTimeout: KEPT_FOR });
    const body = Buffer.alloc(LARGE, 'x');
    this.#go(name, async () => {
      const up = await call(backEnd, { REQUEST_METHOD: 'POST', PATH_INFO: '/length/0' }, body);
      if (up.text !== `${LARGE}`) throw new Error(`${LARGE} bytes sent: ${up.text}`);
      const { text } = await call(backEnd, { PATH_INFO: `/bytes/${LARGE}` });
      if (text.length !== LARGE) throw new Error(`${text.length} bytes instead of ${LARGE}`);
    });
  }
}

/** Sends a request in pieces. */
function slow(url: string, wire: Wire): Habit {
  return async (turn) => {
    const peer = new Peer(url);
    try {
      const bytes = wire.request(`/id/${turn}`);
      for (let piece = 0; piece < PIECES; piece++) {
        const [from, to] = [piece, piece + 1].map((at) => (at * bytes.length) / PIECES);
        await peer.send(bytes.subarray(from, to));
        await pause(BETWEEN);
      }
      // What is before it may be the length of a packet, and look like a digit.
      await heard(peer, new RegExp(`${turn} \\d+:\\d+ x{${turn % 1000}}`));
    } finally {
      peer.drop();
    }
  };
}

/** Waits for a text, as long as the connection is open. */
async function heard(peer: Peer, pattern: RegExp): Promise<void> {
  let isOver = false;
  void peer.ending.then(() => {
    isOver = true;
  });
  await until(`${pattern}`, () => isOver || pattern.test(peer.text), 30_000);
  if (!pattern.test(peer.text)) throw new Error('the connection ended instead of an answer');
}

/** Goes away: before its request is whole, before its answer, or in the midst of it. */
function leaving(url: string, wire: Wire): Habit {
  return async (turn) => {
    const peer = new Peer(url);
    try {
      const bytes = wire.request(turn % 3 === 1 ? '/late/100' : `/bytes/${ENDLESS}`);
      await peer.send(turn % 3 === 0 ? bytes.subarray(0, bytes.length / 2) : bytes);
      if (turn % 3 === 2) await heard(peer, /x{1000}/);
    } finally {
      if (turn % 2 === 0) peer.reset();
      else peer.drop();
    }
  };
}
