// Waiting without sleeping: a condition that has to come true before a deadline.
const BETWEEN = 10; // milliseconds between two looks

/**
 * Looks again and again until something is there, and returns it.
 *
 * @param what - for the error message: what did not happen
 * @param look - false, undefined or null: not yet
 * @param deadline - milliseconds
 */
export async function until<Result>(
  what: string,
  look: () => Result | Promise<Result>,
  deadline = 5000,
): Promise<Exclude<Result, false | undefined | null>> {
  const end = performance.now() + deadline;
  for (;;) {
    const result = await look();
    if (result !== false && result !== undefined && result !== null) {
      return result as Exclude<Result, false | undefined | null>;
    }
    if (performance.now() > end) throw new Error(`not within ${deadline} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, BETWEEN));
  }
}

/** Settles like the promise, or rejects at the deadline: for what must not hang. */
export async function within<Result>(
  what: string,
  promise: Promise<Result>,
  deadline = 5000,
): Promise<Result> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`not within ${deadline} ms: ${what}`)), deadline);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** Waits until a number has stayed the same for so many milliseconds; gives it. */
export async function settled(
  what: string,
  look: () => number,
  still: number,
  deadline = 10_000,
): Promise<number> {
  let last = look();
  let since = performance.now();
  return await until(
    what,
    () => {
      const now = look();
      if (now !== last) since = performance.now();
      last = now;
      return performance.now() - since > still ? now : undefined;
    },
    deadline,
  );
}

/** Watches for so many milliseconds that something holds: for what must not happen. */
export async function holds(what: string, look: () => boolean, span: number): Promise<void> {
  const end = performance.now() + span;
  await until(
    'the end of a span',
    () => {
      if (!look()) throw new Error(`not for ${span} ms: ${what}`);
      return performance.now() > end;
    },
    span + 5000,
  );
}
