// Waits for a condition, with a deadline: what a test does instead of sleeping.
import { setTimeout as delay } from 'node:timers/promises';

const STEP = 10; // milliseconds between two looks
const LONGEST = 15_000; // milliseconds: below the time limit of a test, so that the reason is told

/**
 * Looks again and again until `check` returns something that is neither false nor undefined.
 *
 * @param what - for the message, when the time is over
 */
export async function until<Result>(
  what: string,
  check: () => Result | Promise<Result>,
  within = LONGEST,
): Promise<Exclude<Result, false | undefined>> {
  const deadline = performance.now() + within;
  for (;;) {
    const result = await check();
    if (result !== undefined && result !== false)
      return result as Exclude<Result, false | undefined>;
    if (performance.now() > deadline) throw new Error(`not within ${within} ms: ${what}`);
    await delay(STEP);
  }
}

/** A promise that rejects when it takes too long. */
export async function inTime<Result>(
  what: string,
  promise: Promise<Result>,
  within = LONGEST,
): Promise<Result> {
  const late = new AbortController();
  try {
    return await Promise.race([
      promise,
      delay(within, undefined, { signal: late.signal }).then(() => {
        throw new Error(`not within ${within} ms: ${what}`);
      }),
    ]);
  } finally {
    late.abort();
  }
}
