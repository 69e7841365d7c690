// What the watchdog says of a request that is slow or stuck: one log entry for each, its stack indented.
import { printable } from '@sluice/protocol';
import type { RunningRequest } from './board.ts';
import type { StackLines } from './stack-of.ts';

/** What the event loop of a worker does while a request runs. */
export interface Standstill {
  /** Milliseconds since it turned last. */
  readonly silence: number;
  /** Where the JavaScript was; undefined when no stack could be had. */
  readonly stack: StackLines | undefined;
}

const MOST = 20; // requests that are listed as lost

/** A request as log lines name it: `GET /path?query, 2.1 s`. */
export function describeRequest({ method, url, age }: RunningRequest): string {
  return `${printable(method)} ${printable(url)}, ${inSeconds(age)}`;
}

/**
 * The entries for requests that are slow, all found at the same moment.
 *
 * @param name - of the worker
 * @param requests - the longest first
 * @param standstill - undefined while the event loop turns
 */
export function slowEntries(
  name: string,
  requests: readonly RunningRequest[],
  standstill: Standstill | undefined,
): string[] {
  const slow = (request: RunningRequest) =>
    `${name}: slow request: ${describeRequest(request)} so far`;
  if (!standstill)
    return requests.map((request) => `${slow(request)}; it waits, the event loop turns`);
  // The one that began last is the likeliest to be what runs; for a thousand, one stack is enough.
  return requests
    .toReversed()
    .map((request, index) =>
      entry(`${slow(request)}; ${stillness(standstill)}`, [
        ...(index === 0
          ? stackOr(standstill.stack)
          : ['its stack is in the first of these entries']),
      ]),
    );
}

/**
 * The entry for a worker that is killed.
 *
 * @param name - of the worker
 * @param requests - those that run in it, the longest first; any of them may be what runs, the one that began last most likely
 */
export function stuckEntry(
  name: string,
  requests: readonly RunningRequest[],
  standstill: Standstill,
): string {
  const killed = `${name} is killed: ${stillness(standstill)}`;
  const [last, ...others] = requests.toReversed();
  const stack = stackOr(standstill.stack);
  if (!last) return entry(`${killed}, while no request was running`, stack);
  const lost = others.slice(0, MOST).map((request) => `lost with it: ${describeRequest(request)}`);
  if (others.length > MOST) lost.push(`lost with it: ${others.length - MOST} more`);
  return entry(`${killed}; last request: ${describeRequest(last)}`, [...stack, ...lost]);
}

function stillness({ silence }: Standstill): string {
  return `its event loop has stood still for ${inSeconds(silence)}`;
}

function stackOr(stack: StackLines | undefined): StackLines {
  return stack ?? ['no stack: it is not in JavaScript, but in native code or a blocking call'];
}

function entry(first: string, others: readonly string[]): string {
  return [first, ...others.map((other) => `    ${printable(other)}`)].join('\n');
}

function inSeconds(milliseconds: number): string {
  return `${(milliseconds / 1000).toFixed(1)} s`;
}
