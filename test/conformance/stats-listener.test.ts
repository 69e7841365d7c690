// The listener for statistics: what it shows, to whom, and that it changes nothing.
import { lstatSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { exchange } from '../support/http-client.ts';
import { sluice, sluiceServe } from './support/command.ts';
import { askControl } from './support/control.ts';
import { get } from './support/load.ts';
import { MODELS } from './support/matrix.ts';
import { scratch } from './support/scratch.ts';
import { app } from './support/start-server.ts';
import { until, within } from './support/until.ts';

async function watched(model: string, address = 'http://127.0.0.1:0') {
  const words = ['--listen', 'http://127.0.0.1:0', '--concurrency', model, '--workers', '2'];
  const server = await sluiceServe(app('worker.js'), [...words, '--stats', address]);
  const line = await server.program.line(/^statistics at /);
  return { ...server, stats: line.replace('statistics at ', '') };
}

describe.each(MODELS)('%s', (model) => {
  it('shows a table, JSON and metrics', async () => {
    const { program, url, stats } = await watched(model);
    await get(url, '/');
    const table = await exchange(stats, '/');
    expect(table.headers['content-type']).toBe('text/plain; charset=utf-8');
    expect(table.text).toMatch(new RegExp(`^sluice .*, ${model}, pid ${program.pid}, `));
    for (const path of ['/status', '/status.json']) {
      const { text, headers } = await exchange(stats, path);
      expect(headers).toMatchObject({
        'content-type': 'application/json',
        'cache-control': 'no-store',
      });
      expect(JSON.parse(text)).toMatchObject({ pid: program.pid, concurrency: model });
    }
    await until('the request is counted', async () => {
      const { text } = await exchange(stats, '/metrics');
      return /^sluice_requests_total\{.*\} 1$/m.test(text);
    });
  });

  it('changes nothing', async () => {
    const { program, stats } = await watched(model);
    for (const path of ['/stop', '/reload', '/scale?workers=1', '/reopen'])
      expect(await exchange(stats, path, { method: 'POST' })).toMatchObject({ status: 404 });
    expect(await exchange(stats, '/', { method: 'POST' })).toMatchObject({ status: 405 });
    expect(await exchange(stats, '/', { method: 'HEAD' })).toMatchObject({ status: 200, text: '' });
    expect(program.child.exitCode).toBeNull();
  });
});

describe('who sees it', () => {
  it('on a Unix socket, whoever its mode lets in; the file goes with the server', async () => {
    const folder = scratch();
    const path = join(folder, 's');
    const { program, stats } = await watched('fork', `http+unix:${path}?mode=606`);
    expect(stats).toBe(`http+unix:${path}`);
    expect([lstatSync(path).isSocket(), statSync(path).mode & 0o777]).toEqual([true, 0o606]);
    expect(await askControl(path, 'GET', '/metrics')).toMatchObject({ status: 200 });
    program.signal('SIGTERM');
    expect(await within('the end', program.exit)).toEqual({ code: 0, signal: null });
    expect(readdirSync(folder)).toEqual([]);
  });

  it('not a page of another site whose name leads here', async () => {
    const { stats } = await watched('single');
    const asked = (Host: string) => exchange(stats, '/status', { headers: { Host } });
    expect(await asked('evil.example')).toMatchObject({ status: 421 });
    expect(await asked('evil.example:80')).toMatchObject({ status: 421 });
    for (const name of ['localhost', 'localhost:9100', '127.0.0.1:1', '[::1]:1'])
      expect(await asked(name), name).toMatchObject({ status: 200 });
  });

  it('only peers that are named, where others can connect', async () => {
    const named = await watched('single', 'http://0.0.0.0:0?allow=127.0.0.7');
    const { port } = new URL(named.stats);
    const asked = (from: string) => exchange(`http://127.0.0.1:${port}`, '/metrics', { from });
    await expect(asked('127.0.0.1')).rejects.toThrow(/ECONNRESET|socket hang up/);
    expect(await asked('127.0.0.7')).toMatchObject({ status: 200 });
  });
});

describe('mistakes', () => {
  it.each([
    ['http://0.0.0.0:0', /other machines reach this address/, /\?allow=192\.0\.2\.0\/24/],
    ['http://[::]:0', /other machines reach this address/, /127\.0\.0\.1/],
    ['http://127.0.0.1', /the port is missing/, /:9100/],
    ['http://127.0.0.1:0?alow=127.0.0.1', /alow/, /did you mean allow/],
    ['http://127.0.0.1:0?allow=', /""/, /192\.0\.2\.0\/24/],
    ['http://127.0.0.1:0?mode=600', /mode/, /Unix socket/],
    ['scgi://127.0.0.1:9100', /by HTTP alone/, /http:\/\/127\.0\.0\.1:9100/],
    ['http+fd:3', /address of their own/, /http\+unix:/],
    ['9100', /9100/, /http:\/\/127\.0\.0\.1/],
  ])('%s', async (address, wrong, right) => {
    const program = sluice([
      ...['serve', app('worker.js'), '--listen', 'http://127.0.0.1:0', '--stats', address],
    ]);
    expect(await program.ended()).toEqual({ code: 2, signal: null });
    expect(program.stderr).toMatch(wrong);
    expect(program.stderr).toMatch(right);
  });
});
