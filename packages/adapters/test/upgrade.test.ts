// A listener of 'upgrade' writes a head as HTTP text; the connection is taken over, or it is an answer.
import { type IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { RequestBody } from '@sluice/gateway';
import { expect, it, vi } from 'vitest';
import { nodeHandler, type UpgradeHandler } from '../src/index.ts';
import { ask, turn } from './harness.ts';

const WEBSOCKET = { HTTP_UPGRADE: 'websocket', HTTP_SEC_WEBSOCKET_KEY: 'x' };
const plain = (_request: never, response: { end(text: string): void }) => response.end('plain');

/** A request for WebSocket; what its client sends later is pushed to `input`. */
function upgrade(handler: UpgradeHandler, variables: Record<string, string> = WEBSOCKET) {
  const input = new RequestBody(() => {});
  const asked = ask(nodeHandler(plain, { upgrade: handler }), { variables, upgrade: () => input });
  return { asked, input };
}

it('101 takes the connection over, and bytes go both ways', async () => {
  const { asked, input } = upgrade((_request, socket) => {
    socket.write('HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n');
    socket.write('Connection: Upgrade\r\nSec-WebSocket-Accept: y\r\n\r\nfirst');
    socket.on('data', (block) => socket.write(`echo ${block}`));
    socket.on('end', () => socket.end('bye'));
  });
  await asked.until(() => asked.text === 'first');
  expect(asked.parts[0]).toMatchObject({
    head: {
      status: '101 Switching Protocols',
      headers: [
        ['Upgrade', 'websocket'],
        ['Connection', 'Upgrade'],
        ['Sec-WebSocket-Accept', 'y'],
      ],
    },
  });
  input.push(Buffer.from('a'));
  await asked.until(() => asked.text === 'firstecho a');
  input.end();
  expect((await asked.ended()).text).toBe('firstecho abye');
});

it('a request for it has what node:http gives', async () => {
  let seen: [IncomingMessage, Duplex, Buffer] | undefined;
  const { asked } = upgrade((...given) => {
    seen = given;
    given[1].destroy();
  });
  await asked.ended();
  const [request, socket, head] = seen as NonNullable<typeof seen>;
  expect(request).toMatchObject({ method: 'GET', upgrade: true, url: '/' });
  expect(request.headers).toMatchObject({ upgrade: 'websocket', connection: 'Upgrade' });
  expect(request.socket).toBe(socket);
  expect(request.socket.remoteAddress).toBe('192.0.2.1');
  expect(head).toHaveLength(0);
});

it('another status is an ordinary answer', async () => {
  const { asked } = upgrade((_request, socket) => {
    socket.end('HTTP/1.1 401 Unauthorized\r\nConnection: close\r\nX-A: b\r\n\r\nno');
  });
  expect((await asked.ended()).text).toBe('no');
  expect(asked.parts[0]?.head).toMatchObject({
    status: '401 Unauthorized',
    headers: [['X-A', 'b']],
  });
});

it('what is no head of HTTP is an error, and 500', async () => {
  const { asked } = upgrade((_request, socket) => {
    socket.write('hello\r\n\r\n');
  });
  expect((await asked.ended()).status).toBe('500 Internal Server Error');
  expect(asked.log.join()).toContain('its first line is no status line');
});

it('a listener that throws, or rejects, is an error, and 500', async () => {
  const boo = new Error('boo');
  const throwing = upgrade(() => {
    throw boo;
  });
  const rejecting = upgrade(() => Promise.reject(boo));
  for (const { asked } of [throwing, rejecting])
    expect((await asked.ended()).status).toBe('500 Internal Server Error');
});

it('a socket that the application ends is closed, also while it waits for the client', async () => {
  const closed = vi.fn();
  const { asked } = upgrade((_request, socket) => {
    socket.write('HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n');
    socket.on('close', closed).resume();
    setImmediate(() => socket.end('bye'));
  });
  await asked.until(() => asked.text === 'bye');
  await vi.waitFor(() => expect(closed).toHaveBeenCalledOnce());
});

it('a client that leaves closes the socket', async () => {
  const closed = vi.fn();
  const { asked } = upgrade((_request, socket) => {
    socket.write('HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n');
    socket.on('close', closed).resume();
  });
  await turn();
  asked.leave();
  await vi.waitFor(() => expect(closed).toHaveBeenCalledOnce());
});

it('back-pressure holds both directions up', async () => {
  const input = new RequestBody(() => {});
  let socket: Duplex | undefined;
  const asked = ask(
    nodeHandler(plain, {
      upgrade: (_request, given) => {
        socket = given;
        given.write('HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n');
      },
    }),
    { variables: WEBSOCKET, upgrade: () => input },
  );
  await turn();
  asked.isSlow = true;
  expect(socket?.write(Buffer.alloc(100_000))).toBe(false);
  const drained = vi.fn();
  socket?.once('drain', drained);
  await turn();
  expect(drained).not.toHaveBeenCalled();
  asked.drain();
  await vi.waitFor(() => expect(drained).toHaveBeenCalled());
  for (let count = 0; count < 20; count++) {
    input.push(Buffer.alloc(65_536));
    await turn();
  }
  expect(input.full).toBe(true); // nobody reads
});

it('the listeners of a server get it, and its other requests go where they went', async () => {
  const server = new Server(plain as never);
  server.on('upgrade', (_request, socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'));
  const input = new RequestBody(() => {});
  const application = nodeHandler(server);
  const taken = ask(application, { variables: WEBSOCKET, upgrade: () => input });
  expect((await taken.ended()).status).toBe('400 Bad Request');
  expect(ask(application).text).toBe('plain');
  expect(ask(application, { variables: { HTTP_UPGRADE: 'h2c' } }).text).toBe('plain');
});

it('where the connection cannot be taken over: 501, and one line in the log for each protocol', () => {
  const application = nodeHandler(plain, { upgrade: () => {} });
  const first = ask(application, { variables: WEBSOCKET });
  const second = ask(application, { variables: { HTTP_SEC_WEBSOCKET_KEY: 'x' } });
  expect([first.status, second.status]).toEqual(['501 Not Implemented', '501 Not Implemented']);
  const other = ask(application, { variables: WEBSOCKET, protocol: 'another' });
  expect([...first.log, ...second.log, ...other.log]).toEqual([
    expect.stringContaining('a WebSocket request was answered with 501: by fake behind this'),
    expect.stringContaining('a WebSocket request was answered with 501: by another behind this'),
  ]);
});
