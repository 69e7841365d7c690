// Promises that need not be there, and promises that nobody may look at.

/** Whether a value is a promise, or behaves like one. */
export function isThenable<Value>(value: Value | PromiseLike<Value>): value is PromiseLike<Value> {
  return typeof (value as { then?: unknown } | null | undefined)?.then === 'function';
}

/** A rejected promise: an application that does not await it must not crash the process. */
export function rejected(reason: unknown): Promise<never> {
  const promise = Promise.reject(reason);
  promise.catch(() => {});
  return promise;
}
