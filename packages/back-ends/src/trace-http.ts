// Shows what passes on an HTTP connection, and taps the sockets of node:http for that.
import type { Socket } from 'node:net';
import type { BackEndOptions, Tracer } from './back-end.ts';
import { MessageTrace } from './trace-message.ts';

/** Makes a tracer of one HTTP connection. */
export function traceHttp(): Tracer {
  const request = new MessageTrace();
  const answer = new MessageTrace();
  return {
    sent: (bytes) => request.take(bytes),
    received: (bytes) => answer.take(bytes),
    finish: () => answer.finish(),
  };
}

const tapped = new WeakSet<Socket>();

/** Shows what passes on a socket that node:http uses; what waits for the connection is shown when that is there. */
export function tapSocket(socket: Socket, observe: NonNullable<BackEndOptions['observe']>): void {
  if (tapped.has(socket)) return; // an agent uses it for one request after the other
  tapped.add(socket);
  const waiting: Uint8Array[] = [];
  const show = (bytes: Uint8Array) => {
    if (socket.connecting) waiting.push(bytes);
    else observe('sent', bytes);
  };
  socket.once('connect', () => {
    for (const bytes of waiting.splice(0)) observe('sent', bytes);
  });
  socket.prependListener('data', (bytes: Buffer) => observe('received', bytes));
  const { write } = socket;
  socket.write = (chunk: Uint8Array | string, ...more: unknown[]): boolean => {
    const [encoding] = more;
    show(
      typeof chunk === 'string'
        ? Buffer.from(chunk, typeof encoding === 'string' ? (encoding as BufferEncoding) : 'utf8')
        : chunk,
    );
    return Reflect.apply(write, socket, [chunk, ...more]);
  };
}
