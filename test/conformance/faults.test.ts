// Applications that fail, clients that leave: through every protocol, under every model.
import type { Application } from 'sluice';
import { beforeAll, describe, expect, it } from 'vitest';
import { backEndFor } from './support/back-end.ts';
import { ask, begin } from './support/calls.ts';
import { cell, LISTENERS, MATRIX } from './support/matrix.ts';
import { Journal } from './support/scratch.ts';
import { app, serverForTest, startServer, type TestServer } from './support/start-server.ts';
import { until } from './support/until.ts';

const INSIDE = /secret|\.js|\/|at \w|Error:/; // what an answer must not tell of us

describe.each(MATRIX)('$protocol, $model: faults', (given) => {
  let server: TestServer;
  let backEnd: Application;
  beforeAll(async () => {
    server = await startServer(app('every.js'), cell(given));
    backEnd = await backEndFor(server.url);
    return async () => {
      const { code } = await server.stop();
      expect(code).toBe(0);
      expect(server.log.filter((line) => /PEP 3333|unhandled|uncaught/.test(line))).toEqual([]);
    };
  });

  it.each([
    'throws',
    'rejects',
    'throwsFirst',
    'throwsText',
    'returnsString',
    'returnsNothing',
    'startsNothing',
    'yieldsNumber',
  ])('%s: 500 with a text that tells nothing', async (name) => {
    const answer = await ask(backEnd, `faults.${name}`);
    expect(answer.status).toBe('500 Internal Server Error');
    expect(answer.text).toBe('500 Internal Server Error\n');
    expect(answer.text).not.toMatch(INSIDE);
  });

  it('an error after the first block cuts the answer short', async () => {
    await expect(ask(backEnd, 'faults.throwsLater')).rejects.toThrow();
    await server.program.line(/a secret/); // it is in the log
  });

  describe('close() is called exactly once', () => {
    it('at the end', async () => {
      const journal = new Journal();
      for (const name of ['lives.closing', 'lives.closingList']) {
        await ask(backEnd, name, journal.variables);
      }
      await until('two calls', () => journal.count('close') === 2);
      await ask(backEnd, 'bodies.single');
      expect(journal.count('close')).toBe(2);
    });

    it('at HEAD, and where a Content-Length is reached', async () => {
      const journal = new Journal();
      await ask(backEnd, 'lives.closing', { ...journal.variables, REQUEST_METHOD: 'HEAD' });
      await journal.note('close');
      expect(journal.count('close')).toBe(1);
    });

    it('after an error in the middle', async () => {
      const journal = new Journal();
      const failing = { ...journal.variables, QUERY_STRING: 'fail' };
      await expect(ask(backEnd, 'lives.closing', failing)).rejects.toThrow();
      await journal.note('close');
      await ask(backEnd, 'bodies.single');
      expect(journal.count('close')).toBe(1);
    });

    it('when the client leaves', async () => {
      const journal = new Journal();
      const request = await begin(backEnd, 'lives.closing', {
        ...journal.variables,
        QUERY_STRING: 'endless',
      });
      await request.blocks.next();
      request.leave();
      await journal.note('close');
      await ask(backEnd, 'bodies.single');
      expect(journal.count('close')).toBe(1);
    });

    it('and a generator runs its finally', async () => {
      const journal = new Journal();
      const request = await begin(backEnd, 'lives.generator', journal.variables);
      await request.blocks.next();
      await request.close();
      await journal.note('finally');
      expect(journal.count('finally')).toBe(1);
    });
  });

  it('a client that leaves aborts sluice.signal at once; writing then rejects', async () => {
    let fastest = Number.POSITIVE_INFINITY;
    for (let attempt = 0; attempt < 5 && fastest > 100; attempt++) {
      // Several, since other tests use the same processors.
      const journal = new Journal();
      const request = await begin(backEnd, 'lives.waits', journal.variables);
      await journal.note('begun');
      const left = Date.now();
      request.leave();
      fastest = Math.min(fastest, Number(await journal.note('aborted', 2000)) - left);
      expect(await journal.note('rejected')).toBe('ERR_GATEWAY_CLIENT_LEFT');
    }
    expect(fastest).toBeLessThanOrEqual(100);
    expect(server.log.filter((line) => /unhandled|uncaught|EPIPE|ECONNRESET/.test(line))).toEqual(
      [],
    );
  });
});

describe.each(LISTENERS)('%s: debug', (protocol) => {
  it('shows the stack to the client, escaped', async () => {
    const listen = [`${protocol}://127.0.0.1:0`];
    const server = await serverForTest(app('every.js'), { listen, debug: true });
    const answer = await ask(await backEndFor(server.url), 'faults.throws');
    expect(answer.status).toBe('500 Internal Server Error');
    expect(answer.text).toContain('a secret &lt;b&gt;inside&lt;/b&gt;');
    expect(answer.text).toContain('faults.js');
    expect(answer.text).not.toContain('<b>');
  });
});
