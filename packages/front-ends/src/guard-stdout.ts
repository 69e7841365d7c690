// Keeps whatever the application prints away from the standard output.
import type { Writable } from 'node:stream';

// On the process: what starts for every request is bundled, and may load another copy of this module.
const ORIGINAL = Symbol.for('sluice.stdout');
const holder = process as { [ORIGINAL]?: PropertyDescriptor | undefined };
holder[ORIGINAL] ??= Object.getOwnPropertyDescriptor(process, 'stdout');

/**
 * Sends what the application prints to the standard error stream: the standard output belongs to the
 * answer, and a stray `console.log` in it would be part of the response. To be called before the
 * application is imported: the console stays with the stream that it has used first.
 */
export function guardStdout(): void {
  Object.defineProperty(process, 'stdout', { configurable: true, get: () => process.stderr });
}

/** The same for a console that has been used already: it would stay with the stream it has used first. */
export function guardConsole(): void {
  (console as unknown as { _stdout: Writable })._stdout = process.stderr;
}

/** The standard output itself, guarded or not. */
export function rawStdout(): Writable {
  const original = holder[ORIGINAL];
  return (original?.get?.call(process) ?? original?.value) as Writable;
}
