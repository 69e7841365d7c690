// A clock that all threads of a process read alike, and that nobody sets.

const [seconds, nanoseconds] = process.hrtime();

/** `performance.now()` counts from the start of each thread; the hardware's clock does not. */
const OFFSET = seconds * 1e3 + nanoseconds / 1e6 - performance.now();

/** Milliseconds since some moment in the past, the same one in every thread. */
export function monotonic(): number {
  return performance.now() + OFFSET;
}
