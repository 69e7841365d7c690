// The turnstile in front of an application: everybody, one at a time, or nobody.
import type { Application } from '@sluice/gateway';
import { call } from '@sluice/gateway/testing';
import { describe, expect, it } from 'vitest';
import { Turnstile } from '../src/shapes/turnstile.ts';

/** A turnstile before an application that notes who came through. */
function turnstile() {
  const seen: string[] = [];
  const application: Application = ({ PATH_INFO: path }, startResponse) => {
    seen.push(path);
    if (path === '/error') throw new Error('the reason of it all');
    startResponse('200 OK', [['Content-Type', 'text/plain']]);
    return [path];
  };
  const made = new Turnstile(application);
  const ask = (path: string, more = {}) => call(made.application, { PATH_INFO: path, ...more });
  return { made, seen, ask };
}

describe('a turnstile', () => {
  it('lets nobody through at the start, and one after the other when it is told to', async () => {
    const { made, seen, ask } = turnstile();
    const [first, second] = [ask('/first'), ask('/second')];
    expect(seen).toEqual([]);
    await made.letOne();
    expect((await first).text).toBe('/first');
    expect(seen).toEqual(['/first']);
    await made.letOne();
    expect((await second).text).toBe('/second');
  });

  it('keeps a pass for who comes later', async () => {
    const { made, seen, ask } = turnstile();
    const passed = made.letOne();
    expect((await ask('/a')).text).toBe('/a');
    await passed;
    void ask('/b');
    expect(seen).toEqual(['/a']);
  });

  it('a request that fails is done too', async () => {
    const { made, ask } = turnstile();
    const failing = expect(ask('/error')).rejects.toThrow('the reason of it all');
    await made.letOne();
    await failing;
  });

  it('a client that has left takes nobody’s turn', async () => {
    const { made, seen, ask } = turnstile();
    const leaving = new AbortController();
    const left = ask('/left', { 'sluice.signal': leaving.signal });
    const stays = ask('/stays');
    leaving.abort(new Error('gone'));
    await expect(left).rejects.toThrow('gone');
    await made.letOne();
    expect((await stays).text).toBe('/stays');
    expect(seen).toEqual(['/stays']);
  });

  it('that is open lets everybody through, those too who waited', async () => {
    const { made, ask } = turnstile();
    const early = ask('/early');
    made.open();
    expect([(await early).text, (await ask('/late')).text]).toEqual(['/early', '/late']);
  });

  it('that is closed tells everybody to come another time, and stays closed', async () => {
    const { made, seen, ask } = turnstile();
    const early = ask('/early');
    made.close();
    made.open();
    await made.letOne();
    for (const answer of [await early, await ask('/late')]) expect(answer.status).toMatch(/^503 /);
    expect(seen).toEqual([]);
  });

  it('that closes ends a wait for a request', async () => {
    const { made } = turnstile();
    const waiting = made.letOne();
    made.close();
    await waiting;
  });
});
