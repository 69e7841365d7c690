// Unix sockets: whose they are, whose file may be replaced or removed, and when; by each way that Node has.
import {
  existsSync,
  lstatSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { default as net } from 'node:net';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Address } from '../src/address.ts';
import { bind } from '../src/bind.ts';
import { ask, bound, failure, listenOn, ORIGINAL, setBoundSocket, WAYS } from './binding.ts';

let folder: string;
let path: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'bind-'));
  path = join(folder, 's');
});

afterEach(() => {
  rmSync(folder, { recursive: true });
  setBoundSocket(ORIGINAL);
});

describe.each(WAYS)('net.%s', (way) => {
  describe.skipIf(!(way in net))(way in net ? 'is there' : 'is not there', () => {
    beforeEach(() => {
      if (way === '_createServerHandle') setBoundSocket(undefined);
    });

    it('a Unix socket serves, under its own name alone', async () => {
      const made = await bound({ type: 'unix', path });
      expect(readdirSync(folder)).toEqual(['s', 's.lock']);
      expect(await ask(made.address)).toBe('ECONNREFUSED');
      await listenOn(made);
      made.listening();
      expect(readdirSync(folder)).toEqual(['s']);
      expect(await ask(made.address)).toBe('hello');
    });

    it.each([
      ['no mode, no umask', undefined, undefined, 0o660],
      ['umask 077', undefined, 0o077, 0o700],
      ['umask 0', undefined, 0, 0o777],
      ['mode 600', 0o600, undefined, 0o600],
      ['mode 666, umask 077', 0o666, 0o077, 0o666],
    ])('%s: so is the file, and the process keeps its umask', async (_what, mode, umask, given) => {
      const before = process.umask();
      await bound({ type: 'unix', path, mode }, { umask });
      expect((statSync(path).mode & 0o7777).toString(8)).toBe(given.toString(8));
      expect(process.umask()).toBe(before);
    });

    it('a socket that nobody serves is replaced; closing it leaves the new one alone', async () => {
      const dead = await bind({ type: 'unix', path });
      dead.listening(); // it does not, and has no lock
      const made = await bound({ type: 'unix', path });
      const { ino } = lstatSync(path);
      await listenOn(made);
      dead.close();
      expect(lstatSync(path).ino).toBe(ino);
      expect(await ask(made.address)).toBe('hello');
    });

    it('a socket that is served is in use, and goes on', async () => {
      const made = await bound({ type: 'unix', path });
      await listenOn(made);
      made.listening();
      await expect(bind(made.address)).rejects.toEqual(failure('ERR_LISTEN_IN_USE', path));
      expect(await ask(made.address)).toBe('hello');
      expect(readdirSync(folder)).toEqual(['s']);
    });

    it('a socket that is bound and not listened on yet is in use', async () => {
      const made = await bound({ type: 'unix', path });
      const { ino } = lstatSync(path);
      await expect(bind(made.address)).rejects.toEqual(failure('ERR_LISTEN_IN_USE', path));
      expect(lstatSync(path).ino).toBe(ino);
      expect(readdirSync(folder)).toEqual(['s', 's.lock']);
    });

    it.skipIf(process.getuid?.() !== 0)(
      'owner and group, before it has its name (skipped unless root runs it)',
      async () => {
        const made = await bound({ type: 'unix', path, mode: 0o620, owner: 33, group: 7 });
        expect(statSync(path)).toMatchObject({ uid: 33, gid: 7 });
        expect(statSync(path).mode & 0o777).toBe(0o620);
        made.close();
        expect(readdirSync(folder)).toEqual([]);
      },
    );

    it.skipIf(process.getuid?.() === 0)(
      'an owner that only root can give (skipped when root runs it)',
      async () => {
        const given = bind({ type: 'unix', path, owner: 0 });
        await expect(given).rejects.toEqual(failure('ERR_LISTEN_ADDRESS', /only root/));
        expect(readdirSync(folder)).toEqual([]);
      },
    );

    it('close() removes the file, if it is still its own', async () => {
      const made = await bind({ type: 'unix', path });
      made.close();
      expect(readdirSync(folder)).toEqual([]);
      const replaced = await bind({ type: 'unix', path });
      rmSync(path);
      writeFileSync(path, 'of somebody else');
      replaced.close();
      expect(existsSync(path)).toBe(true);
    });

    it('close() after the directory was changed removes the file of a relative path', async () => {
      const made = await bind({ type: 'unix', path: relative(process.cwd(), path) });
      const elsewhere = vi.spyOn(process, 'cwd').mockReturnValue('/'); // threads cannot change it
      made.close();
      elsewhere.mockRestore();
      expect(readdirSync(folder)).toEqual([]);
    });

    it('close() after the file was removed by hand is no error', async () => {
      const made = await bind({ type: 'unix', path });
      rmSync(path);
      expect(() => made.close()).not.toThrow();
    });

    it('a directory that is not there', async () => {
      const address: Address = { type: 'unix', path: join(folder, 'none', 's') };
      const message = `its directory ${join(folder, 'none')} does not exist`;
      await expect(bind(address)).rejects.toEqual(failure('ERR_LISTEN_ADDRESS', message));
    });

    it('a directory that is none', async () => {
      writeFileSync(path, '');
      const message = `${path} is not a directory`;
      const within = bind({ type: 'unix', path: join(path, 's') });
      await expect(within).rejects.toEqual(failure('ERR_LISTEN_ADDRESS', message));
    });

    it('the longest path is bound, and one byte more is refused with that length', async () => {
      const longest = 107 - `.${process.pid}`.length;
      const long = `${folder}/`.padEnd(longest, 'x');
      await bound({ type: 'unix', path: long });
      const tooLong = failure(
        'ERR_LISTEN_ADDRESS',
        new RegExp(`too long.*at most ${longest} bytes`),
      );
      await expect(bind({ type: 'unix', path: `${long}x` })).rejects.toEqual(tooLong);
    });
  });
});

describe('what is at a path', () => {
  it.each(['file', 'folder', 'link to nothing'])('a %s is refused, and stays', async (kind) => {
    if (kind === 'file') writeFileSync(path, 'precious');
    else if (kind === 'folder') writeFileSync(join(mkdtempSync(path), 'x'), '');
    else symlinkSync('/nowhere/at/all', path);
    if (kind === 'folder') path = join(folder, readdirSync(folder)[0] as string);
    const before = lstatSync(path).ino;
    const refused = failure('ERR_LISTEN_NOT_A_SOCKET', path);
    await expect(bind({ type: 'unix', path })).rejects.toEqual(refused);
    expect(lstatSync(path).ino).toBe(before);
  });
});
