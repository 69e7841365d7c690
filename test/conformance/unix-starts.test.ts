// Servers that start on one Unix path at the same moment: one of them has it, however far it has come.
import { lstatSync, readdirSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { sluice } from './support/command.ts';
import { get } from './support/load.ts';
import { type Program, runProgram } from './support/program.ts';
import { scratch } from './support/scratch.ts';
import { app } from './support/start-server.ts';
import { until, within } from './support/until.ts';

const SCRIPT = fileURLToPath(new URL('./support/daemon/bind.js', import.meta.url));

/** A process that does one step of a start when it is told to. */
class Starter {
  readonly program: Program;

  constructor(path: string) {
    this.program = runProgram([SCRIPT, path], { stdio: ['ignore', 'pipe', 'pipe', 'ipc'] });
  }

  /** What it says next. */
  async next(): Promise<string> {
    const said = new Promise<string>((tell) =>
      this.program.child.once('message', (message) => tell(message as string)),
    );
    return await within('a word', said);
  }

  async do(step: 'bind' | 'listen'): Promise<string> {
    const answer = this.next();
    this.program.child.send(step);
    return await answer;
  }
}

async function starter(path: string): Promise<Starter> {
  const made = new Starter(path);
  expect(await made.next()).toBe('here');
  return made;
}

function ask(path: string): Promise<string> {
  return new Promise((resolve) => {
    let text = '';
    const socket = connect(path).on('data', (chunk) => {
      text += chunk;
    });
    socket.on('error', (error: NodeJS.ErrnoException) => {
      text = error.code ?? '';
    });
    socket.on('close', () => resolve(text));
  });
}

describe('processes that bind one path', () => {
  it('who is bound and does not listen yet is not taken for dead', async () => {
    const path = join(scratch(), 's');
    const first = await starter(path);
    const second = await starter(path);
    expect(await first.do('bind')).toBe('bound');
    expect(await second.do('bind')).toBe('ERR_LISTEN_IN_USE');
    expect(await first.do('listen')).toBe('listening');
    expect(await ask(path)).toBe('hello');
    expect(await second.do('bind')).toBe('ERR_LISTEN_IN_USE');
    expect(await ask(path)).toBe('hello');
  });

  it.each(['where nothing is', 'where a dead socket is'])('one of six wins, %s', async (what) => {
    const directory = scratch();
    const path = join(directory, 's');
    if (what === 'where a dead socket is') {
      const dead = await starter(path);
      await dead.do('bind');
      await dead.do('listen');
      await dead.program.kill();
      expect(readdirSync(directory)).toEqual(['s']);
    }
    const six = await Promise.all(Array.from({ length: 6 }, () => starter(path)));
    const results = await Promise.all(six.map((each) => each.do('bind')));
    expect([...results].sort()).toEqual([...Array(5).fill('ERR_LISTEN_IN_USE'), 'bound']);
    const winner = six[results.indexOf('bound')] as Starter;
    await winner.do('listen');
    expect(await ask(path)).toBe('hello');
    expect(readdirSync(directory)).toEqual(['s']);
  });

  it('who is killed between the two leaves nothing in the way', async () => {
    const directory = scratch();
    const path = join(directory, 's');
    const first = await starter(path);
    await first.do('bind');
    await first.program.kill();
    expect(readdirSync(directory)).toEqual(['s', 's.lock']);
    const second = await starter(path);
    expect(await second.do('bind')).toBe('bound');
    expect(await second.do('listen')).toBe('listening');
    expect(await ask(path)).toBe('hello');
    expect(readdirSync(directory)).toEqual(['s']);
  });
});

describe.each(['single', 'fork', 'thread'])('%s: two servers', (concurrency) => {
  it('of which one serves, and the other says why not', async () => {
    const directory = scratch();
    const path = join(directory, 's');
    const words = ['--listen', `scgi+unix:${path}`, '--concurrency', concurrency, '--workers', '1'];
    const two = [1, 2].map(() => sluice(['serve', app('worker.js'), ...words]));
    const over = (program: Program) =>
      program.child.exitCode !== null || /^serving /m.test(program.stderr);
    await until('both have come to an end', () => two.every(over), 15_000);
    const [loser, ...others] = two.filter(({ child }) => child.exitCode !== null);
    expect(others).toEqual([]);
    expect(loser?.child.exitCode).toBe(2);
    expect(loser?.stderr).toMatch(/another process already listens at .*\/s;/);
    const { ino } = lstatSync(path);
    expect(await get(`scgi+unix:${path}`, '/')).toMatch(/^\d+:\d+$/);
    expect(lstatSync(path).ino).toBe(ino);
    expect(readdirSync(directory)).toEqual(['s']);
  });
});
