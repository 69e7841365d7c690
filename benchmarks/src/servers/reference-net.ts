// A canned answer on node:net, nothing parsed: the floor for one request on each connection, and for kept ones.
// Argument: `end` waits for the peer's FIN after the answer, `destroy` does not, `keep` answers by FastCGI and stays.
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { FastcgiServerCodec } from 'fastcgi-protocol';
import { conversationFor } from '../requests.ts';
import { BODY } from './application.ts';

const HEAD = `Status: 200 OK\r\nContent-Type: text/plain\r\nContent-Length: ${BODY.length}\r\n\r\n`;
const PLAIN = Buffer.concat([Buffer.from(HEAD), BODY]);

/** The same bytes that Sluice sends. */
function fastcgiAnswer(): Uint8Array {
  const codec = new FastcgiServerCodec();
  codec.feed(conversationFor('fastcgi', true).request);
  return codec.encode({ type: 'stdout', id: 1, head: HEAD, chunk: BODY, last: true });
}

const FASTCGI = fastcgiAnswer();

/** A request comes in one block, since it is sent in one and the next one waits for the answer. */
const ANSWERS: Readonly<Record<string, (socket: Socket) => void>> = {
  end: (socket) => socket.end(PLAIN),
  destroy: (socket) => {
    socket.write(PLAIN);
    socket.destroy();
  },
  keep: (socket) => socket.write(FASTCGI),
};
const answer = ANSWERS[process.argv[2] ?? 'end'];

const server = createServer((socket) => {
  socket.on('error', () => {});
  socket.on('data', () => answer?.(socket));
});
server.listen(0, '127.0.0.1', () => process.send?.((server.address() as AddressInfo).port));
