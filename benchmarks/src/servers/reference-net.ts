// A canned answer on node:net, nothing parsed: the floor for one request on each connection.
// Argument: `end` waits for the peer's FIN after the answer, `destroy` does not.
import { type AddressInfo, createServer } from 'node:net';
import { BODY } from './application.ts';

const ANSWER = Buffer.concat([
  Buffer.from(
    `Status: 200 OK\r\nContent-Type: text/plain\r\nContent-Length: ${BODY.length}\r\n\r\n`,
  ),
  BODY,
]);
const destroys = process.argv[2] === 'destroy';

const server = createServer((socket) => {
  socket.on('error', () => {});
  socket.on('data', () => {
    if (!destroys) {
      socket.end(ANSWER);
      return;
    }
    socket.write(ANSWER);
    socket.destroy();
  });
});
server.listen(0, '127.0.0.1', () => process.send?.((server.address() as AddressInfo).port));
