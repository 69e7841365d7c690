// Bodies from lighttpd's mod_ajp13: packets without inner length, and questions that are credits.
import { describe, expect, it } from 'vitest';
import { Ajp13ServerCodec } from '../src/server-codec.ts';
import { bytesOf, container, webServer } from '../src/testing.ts';
import { failure } from './failure.ts';
import { DONE } from './places.ts';

const CREDIT = 262_144;
const FIRST = 8188; // bytes of the first packet: no inner length
const ask = { type: 'get-body' } as const;
const packetsOf = (size: number) => {
  const packets: Uint8Array[] = [];
  for (let left = size; left > 0; left -= FIRST)
    packets.push(webServer.rawData('x'.repeat(Math.min(left, FIRST))));
  return bytesOf(packets);
};

/** A codec that read the first packet of a body. */
function reading(length: number): Ajp13ServerCodec {
  const codec = new Ajp13ServerCodec({ dataLength: false });
  const headers = [[0xa008, `${length}`]] as const;
  codec.feed(webServer.forward({ method: 4, headers }));
  expect(codec.encode(ask)).toHaveLength(0); // the first packet comes unasked
  codec.feed(packetsOf(FIRST));
  return codec;
}

/** How many bytes a question, or several, ask for. */
function asked(question: Uint8Array): number {
  let sum = 0;
  for (let at = 0; at < question.length; at += 7) {
    expect(bytesOf(question.subarray(at, at + 5))).toEqual(container.getBody(0).subarray(0, 5));
    sum += ((question[at + 5] as number) << 8) | (question[at + 6] as number);
  }
  return sum;
}

describe('a question', () => {
  it('asks for all that is left, at most for the credit', () => {
    expect(asked(reading(FIRST + 5).encode(ask))).toBe(5);
    expect(asked(reading(FIRST + 70_000).encode(ask))).toBe(70_000);
    expect(asked(reading(FIRST + CREDIT).encode(ask))).toBe(CREDIT);
    expect(asked(reading(1_000_000).encode(ask))).toBe(CREDIT);
  });

  it('is asked again when half of the credit is used, and never for more than there is', () => {
    const total = 1_000_000;
    const codec = reading(total);
    let owed = asked(codec.encode(ask));
    let left = total - FIRST;
    let questions = 1;
    while (left > 0) {
      const size = Math.min(FIRST, left);
      codec.feed(packetsOf(size));
      left -= size;
      owed -= size;
      const more = asked(codec.encode(ask));
      if (owed > CREDIT / 2) expect(more).toBe(0);
      if (more > 0) questions++;
      owed += more;
      expect(owed).toBeLessThanOrEqual(Math.min(CREDIT, left));
    }
    expect(owed).toBe(0);
    expect(questions).toBeLessThan(12);
    expect(codec.encode(ask)).toHaveLength(0);
  });
});

it('a body that was not asked for is refused', () => {
  const codec = reading(1_000_000);
  expect(failure(() => codec.feed(packetsOf(5))).code).toBe('ERR_AJP13_UNEXPECTED');
});

it('a body that ends before its credit is reported', () => {
  const codec = reading(FIRST + 70_000);
  codec.encode(ask);
  codec.feed(packetsOf(FIRST));
  expect(codec.feed(webServer.packet())).toMatchObject([{ type: 'truncated' }]);
  expect(codec.clean).toBe(false);
});

it('an early answer drops all packets of the credit, and nothing else', () => {
  const codec = reading(1_000_000);
  codec.encode(ask);
  codec.feed(packetsOf(FIRST));
  codec.encode(DONE);
  const next = webServer.forward({ uri: '/next' });
  const events = codec.feed(bytesOf(packetsOf(CREDIT - FIRST), next));
  expect(events).toMatchObject([{ type: 'request', uri: '/next' }]);
});
