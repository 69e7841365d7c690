// The fuzzer: feeds a codec inputs that a seed determines, and holds it to what every codec promises.
import { memoryUsage } from 'node:process';
import { setFlagsFromString } from 'node:v8';
import { createContext, runInContext, runInNewContext } from 'node:vm';
import { ProtocolError } from '@sluice/protocol';
import { RESPONSES } from '../vectors/cgi.ts';
import { REQUESTS } from '../vectors/scgi.ts';
import { Random } from './random.ts';

/** What a codec is, as far as it is fuzzed. */
export interface Reader {
  feed(chunk: Uint8Array): readonly ReaderEvent[];
  finish(): readonly ReaderEvent[];
}

/** An event; `chunk` is a piece of body, `size` bytes that were dropped. */
export interface ReaderEvent {
  readonly type: string;
  readonly chunk?: Uint8Array;
  readonly size?: number;
}

/** One input. */
export interface Case {
  readonly bytes: Uint8Array;
  /** Makes a fresh codec. */
  open(): Reader;
  /** Something else to do with the input; may throw a ProtocolError. */
  probe?(): void;
}

/** A codec in one role. */
export interface Subject {
  readonly name: string;
  /** Outcomes that its inputs must reach, else they are not hostile enough. */
  readonly reaches: readonly string[];
  /** Makes the next input. */
  next(random: Random): Case;
  /** Throws when an event, other than a piece of body, is one that must never be. */
  inspect?(event: never): void;
}

/** How much is fuzzed. */
export interface FuzzOptions {
  readonly count: number;
  readonly seed: number;
  /** How long 1000 inputs may take, in milliseconds, before they count as never ending. */
  readonly patience?: number;
  /** How many bytes more may be in use at the end than at the start. */
  readonly growth?: number;
}

/** How often each code, or `ok`, was the outcome. */
export type Outcomes = Map<string, number>;

const BATCH = 1000;
/** What a codec that has failed is fed: something that a fresh one would answer. */
const AFTERWARDS = [...REQUESTS, ...RESPONSES].map((vector) => vector.bytes);

/**
 * Fuzzes a codec.
 *
 * @throws Error with the seed and the bytes of the first input that breaks a promise
 */
export function fuzz(subject: Subject, options: FuzzOptions): Outcomes {
  const { seed, patience = 20_000, growth = 4 << 20 } = options;
  const total = options.count;
  const outcomes: Outcomes = new Map();
  let index = 0;
  const batch = (end: number) => {
    for (; index < end; index++) tryOne(subject, new Random(seed, index), outcomes);
  };
  const context = createContext({ batch });
  try {
    let before = 0;
    while (index < total) {
      runInContext(`batch(${Math.min(index + BATCH, total)})`, context, { timeout: patience });
      if (before === 0) before = bytesInUse(); // what is compiled and cached once is there now
    }
    const grown = bytesInUse() - before;
    if (grown > growth) throw new Error(`${grown} bytes more are in use after ${total} inputs`);
  } catch (error) {
    throw new Error(report(subject, seed, Math.min(index, total - 1), error), { cause: error });
  }
  return outcomes;
}

function tryOne(subject: Subject, random: Random, outcomes: Outcomes): void {
  const { bytes, open, probe } = subject.next(random);
  const fed = new Uint8Array(bytes); // memory of its own: whatever lies elsewhere is a copy
  const whole = deliver(subject, open(), fed, [fed]);
  const cut = deliver(subject, open(), fed, random.cut(fed));
  if (whole.story !== cut.story)
    throw new Error(`cut, it reads differently:\n${whole.story}\n--\n${cut.story}`);
  count(outcomes, whole.outcome);
  if (probe) count(outcomes, `probe ${refusal(probe) ?? 'ok'}`);
}

function count(outcomes: Outcomes, outcome: string): void {
  outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
}

/** The code of the ProtocolError that an action throws; any other error is a finding. */
function refusal(action: () => void): string | undefined {
  try {
    action();
    return undefined;
  } catch (error) {
    if (error instanceof ProtocolError) return error.code;
    throw error;
  }
}

interface Delivery {
  readonly outcome: string;
  /** All that was reported, without where it was cut. */
  readonly story: string;
}

function deliver(
  subject: Subject,
  reader: Reader,
  fed: Uint8Array,
  chunks: readonly Uint8Array[],
): Delivery {
  const story: string[] = [];
  let body = 0;
  let dropped = 0;
  const note = (events: readonly ReaderEvent[]) => {
    for (const event of events) {
      if (event.chunk) body = behind(body, event.chunk, fed, story);
      else if (event.type === 'surplus') dropped += event.size ?? 0;
      else {
        subject.inspect?.(event as never);
        story.push(JSON.stringify(event));
      }
    }
  };
  const code = refusal(() => {
    for (const chunk of chunks) note(reader.feed(chunk));
    note(reader.finish());
  });
  if (body + dropped > fed.length)
    throw new Error(`${body} bytes of body and ${dropped} of surplus from ${fed.length}`);
  if (code !== undefined) expectSilence(reader);
  const outcome = code ?? 'ok';
  story.push(`${body} of body`, `${dropped} dropped`, outcome);
  return { outcome, story: story.join('\n') };
}

/** Pieces of body are views of what was fed, one behind the other; returns how many bytes there are by now. */
function behind(before: number, chunk: Uint8Array, fed: Uint8Array, story: string[]): number {
  if (chunk.buffer !== fed.buffer) throw new Error('a body that is a copy');
  const start = `body from ${chunk.byteOffset - before}`;
  if (before === 0) story.push(start);
  else if (story.at(-1) !== start) throw new Error('a body with a gap');
  return before + chunk.length;
}

function expectSilence(reader: Reader): void {
  for (const bytes of AFTERWARDS) {
    const events = reader.feed(bytes);
    if (events.length > 0) throw new Error(`after its failure it reports ${events[0]?.type}`);
  }
  if (reader.finish().length > 0) throw new Error('after its failure it reports an end');
}

function bytesInUse(): number {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  collect();
  collect();
  const { heapUsed, external } = memoryUsage();
  return heapUsed + external;
}

function report(subject: Subject, seed: number, index: number, error: unknown): string {
  const random = new Random(seed, index);
  const { bytes } = subject.next(random);
  const cuts = random.cut(bytes).map((piece) => piece.length);
  return [
    `${subject.name}: ${error instanceof Error ? `${error.name}: ${error.message}` : String(error)}`,
    `SLUICE_FUZZ_SEED=${seed} SLUICE_FUZZ_COUNT=${index + 1} repeats it: input ${index}`,
    `bytes: ${Buffer.from(bytes).toString('hex')}`,
    `cut to pieces of: ${cuts.join(' ')}`,
  ].join('\n');
}
