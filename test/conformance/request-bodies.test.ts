// Request bodies and back-pressure in both directions, through every protocol, under every model.
import { randomBytes } from 'node:crypto';
import { call, testEnviron } from '@sluice/gateway/testing';
import { type Application, InputStream } from 'sluice';
import { beforeAll, describe, expect, it } from 'vitest';
import { backEndFor } from './support/back-end.ts';
import { ask, begin } from './support/calls.ts';
import { cell, LISTENERS, MATRIX } from './support/matrix.ts';
import { Journal } from './support/scratch.ts';
import { app, serverForTest, startServer, type TestServer } from './support/start-server.ts';
import { settled, until, within } from './support/until.ts';

const MEBIBYTE = 1_048_576;
const STILL = 200; // milliseconds
const SMALL_TALK = 64 * MEBIBYTE; // more than the buffers of any kernel and ours together

describe.each(MATRIX)('$protocol, $model: request bodies', (given) => {
  let server: TestServer;
  let backEnd: Application;
  beforeAll(async () => {
    const warnings: string[] = [];
    const note = ({ name }: Error) => warnings.push(name);
    process.on('warning', note);
    server = await startServer(app('every.js'), cell(given));
    backEnd = await backEndFor(server.url);
    return async () => {
      process.off('warning', note);
      expect(warnings).toEqual([]); // such as listeners that pile up
      const { code } = await server.stop();
      expect(code).toBe(0);
      expect(server.log).toEqual([]);
    };
  });

  describe.each(['stream', 'whole', 'lines', 'web', 'written'])('echo by %s', (way) => {
    it.each([0, 1, 65536, MEBIBYTE])('%d bytes', async (size) => {
      const body = randomBytes(size);
      const answer = await ask(backEnd, `echo.${way}`, {}, body);
      expect(answer.body.equals(body)).toBe(true);
    });
  });

  it.each(['GET', 'PUT', 'DELETE', 'PATCH', 'OPTIONS'])('%s may have a body', async (method) => {
    const answer = await ask(backEnd, 'echo.whole', { REQUEST_METHOD: method }, 'some body');
    expect(answer.text).toBe('some body');
  });

  it('a body of unknown length arrives whole', async () => {
    const body = randomBytes(3 * MEBIBYTE);
    const environ = testEnviron({ REQUEST_METHOD: 'POST', HTTP_X_APP: 'echo.whole' }, body);
    delete environ.CONTENT_LENGTH;
    const answer = await call(backEnd, environ);
    expect(answer.body.equals(body)).toBe(true);
  });

  it('a body that nobody reads does not hinder the answer', async () => {
    for (const size of [1, 65536, 4 * MEBIBYTE]) {
      const answer = await ask(backEnd, 'echo.ignored', {}, Buffer.alloc(size));
      expect(answer.text).toBe('not read');
    }
  });

  it('streams both ways: each block comes back before the next is sent', async () => {
    const turns = 20;
    let answered: () => void = () => {};
    async function* talk(): AsyncGenerator<Buffer, void, undefined> {
      for (let turn = 0; turn < turns; turn++) {
        const heard = new Promise<void>((resolve) => {
          answered = resolve;
        });
        yield Buffer.from(`turn ${String(turn).padStart(2)}\n`);
        await within(`the echo of turn ${turn}`, heard);
      }
    }
    const request = await begin(backEnd, 'echo.stream', {
      REQUEST_METHOD: 'POST',
      CONTENT_LENGTH: String(8 * turns),
      'wsgi.input': inputOf(talk),
    });
    let heard = '';
    for (;;) {
      const { value, done } = await request.blocks.next();
      if (done) break;
      heard += Buffer.from(value).toString();
      if (heard.length % 8 === 0) answered();
    }
    expect(heard.split('\n')).toHaveLength(turns + 1);
    await request.close();
  });

  it('an application makes no more than a slow client takes', async () => {
    const journal = new Journal();
    const request = await begin(backEnd, 'lives.fast', journal.variables);
    await request.blocks.next();
    // What is made grows until every buffer on the way is full, and then no more.
    const made = await settled('what is made', () => journal.lines.length, STILL);
    expect(made).toBeLessThan(SMALL_TALK / MEBIBYTE);
    for (let taken = 0; taken < SMALL_TALK; ) {
      const { value } = await request.blocks.next();
      taken += (value as Uint8Array).length;
    }
    await until('more, once it is taken', () => journal.lines.length > made);
    await request.close();
    await journal.note('finally'); // it writes no more
  });

  it('a client sends no more than a slow application takes', async () => {
    const journal = new Journal();
    const total = 2 * SMALL_TALK;
    let sent = 0;
    async function* blocks(): AsyncGenerator<Buffer, void, undefined> {
      const block = Buffer.alloc(65536);
      for (; sent < total; sent += block.length) yield block;
    }
    const environ = testEnviron({
      REQUEST_METHOD: 'POST',
      HTTP_X_APP: 'lives.slow',
      CONTENT_LENGTH: String(total),
      ...journal.variables,
      'wsgi.input': inputOf(blocks),
    });
    const answering = call(backEnd, environ);
    await journal.note('begun');
    await settled('what is sent', () => sent, STILL);
    expect(sent).toBeLessThan(SMALL_TALK);
    journal.open('go');
    expect((await answering).text).toBe(String(total));
  });
});

/** A request body that is made while it is sent. */
function inputOf(blocks: () => AsyncGenerator<Buffer, void, undefined>): InputStream {
  class Made extends InputStream {
    override get isEmpty(): boolean {
      return false;
    }

    override [Symbol.asyncIterator](): AsyncGenerator<Buffer, void, undefined> {
      return blocks();
    }
  }
  return new Made();
}

describe.each(LISTENERS)('%s: the limit of bodies', (protocol) => {
  it('more than maxBodyBytes is answered with 413, and so much is not', async () => {
    const listen = [`${protocol}://127.0.0.1:0`];
    const server = await serverForTest(app('every.js'), { listen, maxBodyBytes: 1000 });
    const backEnd = await backEndFor(server.url);
    expect((await ask(backEnd, 'echo.strict', {}, Buffer.alloc(1000))).text).toBe('read 1000');
    const answer = await ask(backEnd, 'echo.strict', {}, Buffer.alloc(1001));
    expect(answer.status).toMatch(/^413 /);
    const environ = testEnviron({ HTTP_X_APP: 'echo.strict' }, Buffer.alloc(1001));
    environ.REQUEST_METHOD = 'POST';
    delete environ.CONTENT_LENGTH;
    expect((await call(backEnd, environ)).status).toMatch(/^413 /);
  });
});
