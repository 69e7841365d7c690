// Keeps whatever the application prints away from the standard output.

/**
 * Sends what the application prints to the standard error stream: the standard output belongs to the
 * answer, and a stray `console.log` in it would be part of the response.
 */
export function guardStdout(): void {
  Object.defineProperty(process, 'stdout', { configurable: true, get: () => process.stderr });
}
