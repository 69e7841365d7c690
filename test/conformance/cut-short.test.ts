// An answer without a length that the server cut short: the raw connection shows it, and so does every back-end of ours.
import { describe, expect, it } from 'vitest';
import { backEndFor } from './support/back-end.ts';
import { ask } from './support/calls.ts';
import { LISTENERS } from './support/matrix.ts';
import { exchange } from './support/peer.ts';
import { scgiRequest } from './support/scgi.ts';
import { app, serverForTest } from './support/start-server.ts';

const TIMES = 300; // how bytes and reset arrive together is a matter of chance

describe('an answer that is cut short', () => {
  it('ends in a reset over SCGI', async () => {
    const { url } = await serverForTest(app('every.js'), { listen: ['scgi://127.0.0.1:0'] });
    for (let time = 0; time < TIMES; time++) {
      const { answer, ending } = await exchange(url, scgiRequest({ HTTP_X_APP: 'heads.tooLate' }));
      expect({ ending, whole: answer.includes('first') }).toEqual({ ending: 'reset', whole: true });
    }
  });

  it.each(LISTENERS)('is never taken for whole by our back-end: %s', async (protocol) => {
    const { url } = await serverForTest(app('every.js'), { listen: [`${protocol}://127.0.0.1:0`] });
    const backEnd = await backEndFor(url);
    let taken = 0;
    for (let time = 0; time < TIMES; time++) {
      await ask(backEnd, 'heads.tooLate').then(
        () => taken++,
        () => {},
      );
    }
    expect(taken).toBe(0);
  });

  it.each(LISTENERS)('and a whole one is never taken for cut short: %s', async (protocol) => {
    const { url } = await serverForTest(app('every.js'), { listen: [`${protocol}://127.0.0.1:0`] });
    const backEnd = await backEndFor(url);
    for (let time = 0; time < TIMES; time++) {
      expect((await ask(backEnd, 'bodies.generator')).text).toBe('one two');
    }
  });
});
