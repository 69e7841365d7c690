// Shows what passes on a uwsgi connection: the packet of vars, a pong, or the answer's head.
import { concatBytes } from '@sluice/protocol';
import { decodeVars, Modifier1 } from 'uwsgi-protocol';
import type { Tracer } from './back-end.ts';
import { brokenLines, sizeText, variableLines } from './trace-lines.ts';
import { MessageTrace } from './trace-message.ts';

const HEADER = 4;

/** Makes a tracer of one uwsgi connection. */
export function traceUwsgi(): Tracer {
  const request = new Packet();
  const pong = new Packet();
  const answer = new MessageTrace();
  return {
    sent: (bytes) => request.take(bytes),
    received: (bytes) => (request.isPing ? pong.take(bytes) : answer.take(bytes)),
    finish: () => (request.isPing ? pong.finish() : answer.finish()),
  };
}

/** A packet, and the bytes behind it. */
class Packet {
  #kept: Uint8Array = new Uint8Array(0);
  #isRead = false;
  #modifier1: number | undefined;

  /** Whether it asks for a packet, and not for a page. */
  get isPing(): boolean {
    return this.#modifier1 === Modifier1.PING;
  }

  take(bytes: Uint8Array): string[] {
    if (this.#isRead) return [`${sizeText(bytes.length)} of body`];
    this.#kept = concatBytes([this.#kept, bytes]);
    const [modifier1 = 0, low = 0, high = 0, modifier2 = 0] = this.#kept;
    const size = low | (high << 8);
    // The size of other packets than requests is no size: that of a pong is 0, others say what they will.
    const end = HEADER + size;
    if (this.#kept.length < HEADER || this.#kept.length < end) return [];
    this.#isRead = true;
    this.#modifier1 = modifier1;
    const title = `packet modifier1 ${modifier1}${nameOf(modifier1)}, modifier2 ${modifier2}, ${sizeText(size)} of vars`;
    const rest = this.#kept.subarray(end);
    return [
      title,
      ...this.#vars(this.#kept.subarray(HEADER, end)),
      ...(rest.length > 0 ? this.take(rest) : []),
    ];
  }

  finish(): string[] {
    if (this.#isRead || this.#kept.length === 0) return [];
    return brokenLines(new Error('a packet that is not complete'), this.#kept);
  }

  #vars(block: Uint8Array): string[] {
    try {
      return variableLines(decodeVars(block));
    } catch (error) {
      return brokenLines(error, block).map((line) => `  ${line}`);
    }
  }
}

function nameOf(modifier1: number): string {
  const known = Object.entries(Modifier1).find(([, value]) => value === modifier1);
  return known ? ` (${known[0]})` : '';
}
