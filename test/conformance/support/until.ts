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
