// The standard streams as one connection, and nobody else on it.
import { fstatSync } from 'node:fs';
import { Socket } from 'node:net';
import { Duplex } from 'node:stream';
import { guardStdout } from './guard-stdout.ts';

/** The standard streams as one stream: the socket that inetd passes, or a pair of pipes. */
export function openStdio(): Duplex {
  const input = fstatSync(0);
  const output = fstatSync(1);
  if (input.isSocket() && input.ino === output.ino) {
    guardStdout();
    return new Socket({ fd: 0, readable: true, writable: true, allowHalfOpen: true });
  }
  const pair = Duplex.from({ readable: process.stdin, writable: process.stdout });
  guardStdout();
  return pair;
}
