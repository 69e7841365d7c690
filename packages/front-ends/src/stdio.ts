// The standard streams as one connection, and nobody else on it.
import { appendFileSync, fstatSync, type Stats } from 'node:fs';
import { Socket } from 'node:net';
import { Duplex, Writable } from 'node:stream';
import type { ProcessSite } from './front-end.ts';
import { guardStdout, rawStdout } from './guard-stdout.ts';

/**
 * The standard streams as one stream: the socket that inetd passes, or a pair of pipes.
 *
 * @param stderr - a file, or an object, that takes what is written to the standard error stream; without it,
 * that stays where it is, but for an inetd that puts the connection there as well: then it is dropped
 */
export function openStdio(stderr?: ProcessSite['stderr']): Duplex {
  const input = fstatSync(0);
  if (typeof stderr === 'string') replaceStderr((text) => appendFileSync(stderr, text));
  else if (stderr !== undefined) replaceStderr((text) => stderr.write(text));
  else if (isSameSocket(input, 2)) replaceStderr(() => {});
  guardStdout();
  if (isSameSocket(input, 1)) {
    return new Socket({ fd: 0, readable: true, writable: true, allowHalfOpen: true });
  }
  return Duplex.from({ readable: process.stdin, writable: rawStdout() });
}

function isSameSocket(input: Stats, fd: number): boolean {
  return input.isSocket() && fstatSync(fd).ino === input.ino;
}

function replaceStderr(take: (text: string) => unknown): void {
  const stream = new Writable({
    decodeStrings: false,
    write(text, _encoding, done) {
      take(text);
      done();
    },
  });
  Object.defineProperty(process, 'stderr', { configurable: true, get: () => stream });
}
