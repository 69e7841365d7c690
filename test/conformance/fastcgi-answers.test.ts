// What a FastCGI server may answer, beside what it should: its STDERR, its ends, and bytes beyond them.
import { createServer, type Socket } from 'node:net';
import { fastcgi } from '@sluice/back-ends/fastcgi';
import { call, testEnviron } from '@sluice/gateway/testing';
import { encodeRecord, RecordType } from 'fastcgi-protocol';
import { type Application, type Closable, InputStream } from 'sluice';
import { describe, expect, it, onTestFinished } from 'vitest';
import { until } from '../support/until.ts';

const HEAD = 'Content-Type: text/plain\r\n\r\n';

const record = (type: RecordType, text = '') => encodeRecord(type, 1, Buffer.from(text, 'latin1'));
const stdout = (text: string) => record(RecordType.STDOUT, text);
const stderr = (text: string) => record(RecordType.STDERR, text);
const end = (status = 0) =>
  record(RecordType.END_REQUEST, `\0\0\0\0${String.fromCharCode(status)}\0\0\0`);

/** A server that does something with each request, which it does not read. */
async function start(
  answer: (connection: Socket, number: number) => void,
  options: Parameters<typeof fastcgi.open>[1] = {},
): Promise<{ client: Application; connections: () => number }> {
  let requests = 0;
  let connections = 0;
  const sockets: Socket[] = [];
  const server = createServer((socket) => {
    connections++;
    sockets.push(socket);
    socket.on('error', () => {});
    socket.on('data', (bytes) => {
      const isRequest = bytes[1] === RecordType.BEGIN_REQUEST;
      if (isRequest && !socket.writableEnded) answer(socket, requests++);
    });
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  onTestFinished(() => {
    server.close();
    for (const socket of sockets) socket.destroy();
  });
  const { port } = server.address() as { port: number };
  const client = fastcgi.open({ type: 'tcp', host: '127.0.0.1', port }, options);
  return { client, connections: () => connections };
}

const get = () => testEnviron({ 'wsgi.input': new InputStream() });
const linesOf = (environ: object) => (environ as Record<string, string[]>)['sluice.testing.errors'];

describe('STDERR', () => {
  it.each([
    ['lines', ['one\ntwo\n'], ['one', 'two']],
    ['a line that no line feed ends, as php-fpm writes it', ['PHP message: a'], ['PHP message: a']],
    ['a line in pieces', ['on', 'e\ntw', 'o'], ['one', 'two']],
    ['lines as fcgiwrap ends them', ['one\r\ntwo\r\n'], ['one', 'two']],
    ['control characters', ['\x1b[31m\0\n'], ['\\x1b[31m\\x00']],
    ['nothing', [''], []],
  ])('%s', async (_title, texts, lines) => {
    const answer = [...texts.map(stderr), stdout(`${HEAD}answer`), end()];
    const { client } = await start((socket) => socket.end(Buffer.concat(answer)));
    const environ = get();
    expect((await call(client, environ)).text).toBe('answer');
    expect(linesOf(environ)).toEqual(lines);
  });

  it('behind the last byte of the body', async () => {
    const answer = [stdout('Content-Length: 6\r\n\r\nanswer'), stderr('late\n'), end()];
    const { client } = await start((socket) => socket.end(Buffer.concat(answer)));
    const environ = get();
    expect((await call(client, environ)).text).toBe('answer');
    expect(linesOf(environ)).toEqual(['late']);
  });

  it.each([
    ['no answer follows', [end()], 'ERR_CGI_TRUNCATED', 502],
    ['what follows is no head', [stdout('<html>\r\n\r\n'), end()], 'ERR_CGI_HEAD', 502],
    ['the server refuses', [end(2)], 'ERR_BACK_END_RESPONSE', 503],
  ])('is told when %s', async (_title, rest, code, statusHint) => {
    const answer = Buffer.concat([stderr('this is why'), ...rest]);
    const { client } = await start((socket) => socket.end(answer));
    const environ = get();
    const error = expect.objectContaining({ code, statusHint });
    await expect(call(client, environ)).rejects.toThrow(error);
    expect(linesOf(environ)).toEqual(['this is why']);
  });
});

describe('the end of a request', () => {
  it.each([
    ['CANT_MPX_CONN', 1, 503],
    ['OVERLOADED', 2, 503],
    ['UNKNOWN_ROLE', 3, 502],
  ])('%s is %d', async (_name, status, statusHint) => {
    const { client } = await start((socket) => socket.end(end(status)));
    const error = expect.objectContaining({ code: 'ERR_BACK_END_RESPONSE', statusHint });
    await expect(call(client, get())).rejects.toThrow(error);
  });

  it('without that of STDOUT is enough, as php-fpm sends it', async () => {
    const { client } = await start((socket) =>
      socket.write(Buffer.concat([stdout(`${HEAD}a`), end()])),
    );
    expect((await call(client, get())).text).toBe('a');
  });

  it('of STDOUT is not enough', async () => {
    const answer = [stdout(`${HEAD}a`), record(RecordType.STDOUT)];
    const { client } = await start((socket) => socket.end(Buffer.concat(answer)));
    await expect(call(client, get())).rejects.toThrow(/stopped with 1 requests active/);
  });
});

describe('a kept connection', () => {
  const answerOf = (number: number) => Buffer.concat([stdout(`${HEAD}${number}`), end()]);
  const STALE = Buffer.concat([stdout(`${HEAD}stale`), end()]);

  async function threeAnswers(client: Application): Promise<string[]> {
    const texts: string[] = [];
    for (let turn = 0; turn < 3; turn++) texts.push((await call(client, get())).text);
    return texts;
  }

  it('that brings more than its answer is not used again', async () => {
    const { client, connections } = await start(
      (socket, number) => socket.write(Buffer.concat([answerOf(number), STALE])),
      { keep: 4 },
    );
    expect(await threeAnswers(client)).toEqual(['0', '1', '2']);
    expect(connections()).toBe(3);
  });

  it('that brings more while the answer is still read is not used again', async () => {
    let sendMore = () => {};
    let received = 0;
    const { client, connections } = await start(
      (socket, number) => {
        socket.write(answerOf(number));
        sendMore = () => socket.write(STALE);
      },
      {
        keep: 4,
        observe: (direction, { length }) => {
          if (direction === 'received') received += length;
        },
      },
    );
    const body = (await client(get(), () => () => true)) as AsyncIterable<Uint8Array> & Closable;
    let text = '';
    for await (const block of body) {
      text += Buffer.from(block);
      sendMore();
      await until('more has come', () => received === answerOf(0).length + STALE.length);
    }
    await body.close?.();
    expect(text).toBe('0');
    expect((await call(client, get())).text).toBe('1');
    expect(connections()).toBe(2);
  });

  it('that is closed behind an answer is not used again', async () => {
    const { client } = await start((socket, number) => socket.end(answerOf(number)), { keep: 4 });
    expect(await threeAnswers(client)).toEqual(['0', '1', '2']);
  });
});
