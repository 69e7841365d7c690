// flup's shape: a WSGIServer for each protocol under each model, where one word says which.
import { statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { call } from '@sluice/gateway/testing';
import { describe, expect, it, onTestFinished } from 'vitest';
import { listeningPort } from './support/listening.ts';
import { get } from './support/load.ts';
import { MATRIX } from './support/matrix.ts';
import { exchange, Peer } from './support/peer.ts';
import { catches, childrenOf, isAlive } from './support/processes.ts';
import { Program, runProgram } from './support/program.ts';
import { scgiRequest } from './support/scgi.ts';
import { Journal, scratch } from './support/scratch.ts';
import { answering, said, shape, startFlup } from './support/shapes.ts';
import { holds, until } from './support/until.ts';

describe.each(MATRIX)('sluice/$protocol, $model', ({ protocol, model }) => {
  it('serves the application under scriptName, and ends with 42 at HUP', async () => {
    const environ = { MARK: 'ours' };
    const { program, backEnd } = await startFlup(protocol, model, { scriptName: '/blog', environ });
    const variables = {
      REQUEST_METHOD: 'POST',
      SCRIPT_NAME: '',
      PATH_INFO: '/blog/a',
      REQUEST_URI: '/blog/a',
    };
    const answer = await said(backEnd, variables, 'hello');
    expect(answer.body).toBe('hello');
    expect(answer.environ).toMatchObject({
      SCRIPT_NAME: '/blog',
      PATH_INFO: '/a',
      MARK: 'ours',
      'sluice.protocol': protocol,
      'wsgi.multithread': model === 'thread',
      'wsgi.multiprocess': model === 'fork',
    });
    expect(answer.pid === program.pid).toBe(model === 'single');
    expect(answer.threadId === 0).toBe(model !== 'thread');
    const workers = childrenOf(program.pid);
    await until('it says what it does at signals', () => catches(program.pid, 'SIGHUP'));
    program.signal('SIGHUP');
    expect(await program.ended()).toEqual({ code: 42, signal: null });
    expect(workers.filter(isAlive)).toEqual([]);
  });
});

describe('the loop that starts a program anew while it ends with 42', () => {
  it('runs it again after HUP, and ends after TERM', async () => {
    const bindAddress = join(scratch(), 's');
    const options = JSON.stringify({ bindAddress });
    const loop = 'while "$0" "$@"; [ $? -eq 42 ]; do :; done';
    const words = ['-c', loop, process.execPath, shape('flup'), 'scgi', options];
    const program = new Program(words, {}, '/bin/sh');
    onTestFinished(() => program.kill());
    const url = `scgi+unix:${bindAddress}`;
    const pidNow = async () => (JSON.parse(await get(url, '/')) as { pid: number }).pid;
    const first = await until('it answers', () => pidNow().catch(() => undefined), 15_000);
    process.kill(first, 'SIGHUP');
    const second = await until(
      'another one answers',
      () =>
        pidNow().then(
          (pid) => pid !== first && pid,
          () => undefined,
        ),
      15_000,
    );
    expect(isAlive(first)).toBe(false);
    process.kill(second, 'SIGTERM');
    expect(await program.ended()).toEqual({ code: 0, signal: null });
  });
});

describe("flup's words", () => {
  it('bindAddress as host and port, and allowedServers: others are turned away', async () => {
    const bindAddress = ['127.0.0.1', 0];
    const options = {
      bindAddress,
      allowedServers: ['192.0.2.1'],
      loggingLevel: 10,
      accessLog: '-',
    };
    const program = runProgram([shape('flup'), 'scgi', JSON.stringify(options)]);
    const port = await until('it listens', () => listeningPort(program.pid), 15_000);
    const { answer } = await exchange(`scgi://127.0.0.1:${port}`, scgiRequest());
    expect(answer).toBe('');
    await program.line(/127\.0\.0\.1/);
  });

  it('umask: the mode of a Unix socket', async () => {
    const { url } = await startFlup('scgi', 'single', { umask: 0o077 });
    expect(statSync(url.replace('scgi+unix:', '')).mode & 0o777).toBe(0o700);
  });

  it('multiprocess: other servers serve the same application', async () => {
    const { backEnd } = await startFlup('ajp', 'thread', { multiprocess: true });
    const { environ } = await said(backEnd);
    expect([environ['wsgi.multithread'], environ['wsgi.multiprocess']]).toEqual([true, true]);
  });

  it('minSpare, maxSpare and maxChildren: the pool begins with maxSpare', async () => {
    const pool = { minSpare: 1, maxSpare: 3, maxThreads: 4, workers: undefined };
    const { program } = await startFlup('uwsgi', 'fork', pool);
    expect(childrenOf(program.pid)).toHaveLength(3);
  });

  it('timeout: a request that takes too long is ended', async () => {
    const { program, url } = await startFlup('scgi', 'fork', { timeout: 1 });
    const { answer } = await exchange(url, scgiRequest({ REQUEST_URI: '/never' }), {
      deadline: 15_000,
    });
    expect(answer).toMatch(/^Status: 504 /);
    await program.line(/taken too long/);
  });

  it('sockTimeout: a peer that keeps us waiting is cut off', async () => {
    const { url } = await startFlup('scgi', 'single', { sockTimeout: 1 });
    const began = performance.now();
    await new Peer(url).finish(8000); // ten seconds without it
    expect(performance.now() - began).toBeGreaterThan(500);
  });

  it('multithreaded: false: the application gets one request at a time', async () => {
    const { url } = await startFlup('scgi', 'single', { multithreaded: false });
    const journal = new Journal();
    const request = scgiRequest(journal.variables);
    const answers = [1, 2].map(() => exchange(url, request, { deadline: 15_000 }));
    await journal.note('begun');
    await holds('one has begun', () => journal.count('begun') === 1, 300);
    journal.open('go');
    for (const { answer } of await Promise.all(answers)) expect(answer).toMatch(/^Status: 200 /);
    expect(journal.lines).toEqual(['begun', 'ended', 'begun', 'ended']);
  });

  it('secret of sluice/ajp: without it nobody is answered', async () => {
    const path = join(scratch(), 'secret');
    writeFileSync(path, 'sesame\n');
    const bindAddress = join(scratch(), 's');
    const options = { bindAddress, secretFile: path, packetSize: 16_384 };
    const program = runProgram([shape('flup'), 'ajp', JSON.stringify(options)]);
    const { backEnd } = await answering(program, `ajp+unix:${bindAddress}`);
    expect((await call(backEnd)).status).toMatch(/^403 /);
  });
});
