// Both codecs on one connection: many requests, answered early and late, over a network that cuts anywhere.
import { expect, it } from 'vitest';
import { Random } from '../../../test/fuzz/random.ts';
import { Ajp13ClientCodec } from '../src/client-codec.ts';
import type { Ajp13ClientEvent } from '../src/client-messages.ts';
import { Ajp13ServerCodec } from '../src/server-codec.ts';
import { bytesOf } from '../src/testing.ts';
import { GET } from './places.ts';

const MAX = 256; // small packets: bodies take several

/** One direction of the network. */
class Wire {
  #bytes: Uint8Array = new Uint8Array(0);

  push(bytes: Uint8Array): void {
    this.#bytes = bytesOf(this.#bytes, bytes);
  }

  get empty(): boolean {
    return this.#bytes.length === 0;
  }

  /** Some of the bytes, in order. */
  take(random: Random): Uint8Array {
    const size = 1 + random.below(this.#bytes.length);
    const taken = this.#bytes.slice(0, size);
    this.#bytes = this.#bytes.slice(size);
    return taken;
  }
}

/** A web server that sends requests as soon as it may, and what it knows of each. */
class WebServer {
  readonly codec = new Ajp13ClientCodec({ maxPacketSize: MAX });
  readonly bodies: Uint8Array[] = [];
  readonly random: Random;
  readonly wire: Wire;
  #sent = 0; // bytes of the last body
  answers = 0;

  constructor(random: Random, wire: Wire) {
    this.random = random;
    this.wire = wire;
  }

  request(): void {
    const kind = this.random.below(3);
    const body = kind === 0 ? new Uint8Array(0) : this.random.bytes(this.random.below(900));
    const headers = [[], ['Content-Length', `${body.length}`], ['Transfer-Encoding', 'chunked']][
      kind
    ];
    this.#sent = 0;
    const uri = `/${this.bodies.length}`;
    this.bodies.push(body);
    this.wire.push(this.codec.encode({ ...GET, uri, headers: headers as string[] }));
    if (kind === 1 && body.length > 0) this.#send(MAX - 6);
  }

  /** Takes one packet after the other, as web servers do: what is wanted is sent before the end is seen. */
  read(bytes: Uint8Array): void {
    for (let at = 0; at < bytes.length; at++)
      this.#take(this.codec.feed(bytes.subarray(at, at + 1)));
  }

  #take(events: readonly Ajp13ClientEvent[]): void {
    for (const event of events) {
      if (event.type === 'want') this.#send(event.size);
      if (event.type === 'head') expect(event.reason).toBe(`${this.bodies.length - 1}`);
      if (event.type !== 'end') continue;
      expect(event.reuse).toBe(true);
      this.answers++;
      if (this.bodies.length < 20) this.request();
    }
  }

  #send(most: number): void {
    const body = this.bodies.at(-1) as Uint8Array;
    const chunk = body.subarray(this.#sent, this.#sent + 1 + this.random.below(most));
    this.#sent += chunk.length;
    this.wire.push(
      this.codec.encode(chunk.length > 0 ? { type: 'body', chunk } : { type: 'body-end' }),
    );
  }
}

it('every request is answered, every body is what it was, whenever the answer comes', () => {
  let early = 0;
  for (let seed = 0; seed < 60; seed++) {
    const random = new Random(seed, 0);
    const toContainer = new Wire();
    const toWebServer = new Wire();
    const webServer = new WebServer(random, toContainer);
    const container = new Ajp13ServerCodec({ maxPacketSize: MAX });
    let current = -1;
    let answering = false;
    let complete = false;
    let body: Uint8Array = new Uint8Array(0);
    webServer.request();
    for (let step = 0; webServer.answers < 20; step++) {
      expect(step).toBeLessThan(20_000);
      if (!toContainer.empty && random.below(2) === 0) {
        for (const event of container.feed(toContainer.take(random))) {
          if (event.type === 'request') {
            expect(event.uri).toBe(`/${++current}`);
            answering = true;
            complete = !event.hasBody;
            body = new Uint8Array(0);
          } else if (event.type === 'body') body = bytesOf(body, event.chunk);
          else complete = event.type === 'end';
          const sent = webServer.bodies[current] as Uint8Array;
          expect(body).toEqual(sent.subarray(0, body.length));
          if (event.type === 'end') expect(body).toHaveLength(sent.length);
        }
      }
      if (!toWebServer.empty) webServer.read(toWebServer.take(random));
      if (answering && random.below(3) === 0)
        toWebServer.push(container.encode({ type: 'get-body' }));
      if (answering && random.below(complete ? 2 : 8) === 0) {
        if (!complete) early++;
        expect(container.clean).toBe(true);
        const head = { status: 200, reason: `${current}`, headers: [] };
        toWebServer.push(container.encode({ type: 'response', head, last: true }));
        answering = false;
      }
    }
  }
  expect(early).toBeGreaterThan(100); // answers that did not wait for the body
});
