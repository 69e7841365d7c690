// Binding without listening: by each way that Node has for it.

import { once } from 'node:events';
import {
  closeSync,
  existsSync,
  lstatSync,
  mkdtempSync,
  openSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import {
  connect as connectTo,
  createServer,
  default as net,
  type Server,
  type Socket,
} from 'node:net';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { type Address, describeAddress } from '../src/address.ts';
import { type BindOptions, type BoundAddress, bind } from '../src/bind.ts';
import { listenFailure } from '../src/listen-failure.ts';

const FREE: Address = { type: 'tcp', host: '127.0.0.1', port: 0 };
const WAYS = ['BoundSocket', '_createServerHandle'] as const;
const internals = net as unknown as Record<string, unknown>;
const original = internals.BoundSocket;

let folder: string;
let path: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'bind-'));
  path = join(folder, 's');
});

afterEach(() => {
  rmSync(folder, { recursive: true });
  setBoundSocket(original);
});

/** Gives the runtime a `net.BoundSocket`, or takes it away. */
function setBoundSocket(value: unknown): void {
  if (value === undefined) delete internals.BoundSocket;
  else Object.defineProperty(net, 'BoundSocket', { configurable: true, writable: true, value });
}

async function bound(address: Address, options?: BindOptions): Promise<BoundAddress> {
  const made = await bind(address, options);
  onTestFinished(() => made.close());
  return made;
}

async function listenOn(made: BoundAddress): Promise<Server> {
  const server = createServer((socket) => socket.end('hello'));
  onTestFinished(() => void server.close());
  server.listen(made.handle);
  await once(server, 'listening');
  return server;
}

/** What a client is told: `hello`, or the code of its error. */
async function ask(address: Address): Promise<string> {
  const socket: Socket =
    address.type === 'tcp' ? connectTo(address) : connectTo((address as { path: string }).path);
  let text = '';
  socket.on('data', (chunk) => {
    text += chunk;
  });
  socket.on('error', (error: NodeJS.ErrnoException) => {
    text = error.code ?? '';
  });
  await new Promise((resolve) => socket.once('close', resolve));
  return text;
}

const failure = (code: string, message: string | RegExp) =>
  expect.objectContaining({ name: 'OptionError', code, message: expect.stringMatching(message) });

describe.each(WAYS)('net.%s', (way) => {
  describe.skipIf(!(way in net))(way in net ? 'is there' : 'is not there', () => {
    beforeEach(() => {
      if (way === '_createServerHandle') setBoundSocket(undefined);
    });

    it.each(['127.0.0.1', '::1'])(
      'binds a free port of %s, and nobody is served before it is listened on',
      async (host) => {
        const made = await bound({ type: 'tcp', host, port: 0 });
        expect(made.address).toMatchObject({ type: 'tcp', host });
        expect((made.address as { port: number }).port).toBeGreaterThan(0);
        expect(made.fd).toBeGreaterThan(2);
        expect(await ask(made.address)).toBe('ECONNREFUSED');
        await listenOn(made);
        expect(await ask(made.address)).toBe('hello');
      },
    );

    it('a port that is listened at is in use', async () => {
      const made = await bound(FREE);
      await listenOn(made);
      const place = describeAddress(made.address);
      await expect(bind(made.address)).rejects.toEqual(failure('ERR_LISTEN_IN_USE', place));
      expect(await ask(made.address)).toBe('hello');
    });

    it('an address that this machine has not', async () => {
      const address: Address = { type: 'tcp', host: '192.0.2.1', port: 0 };
      await expect(bind(address)).rejects.toEqual(
        failure('ERR_LISTEN_ADDRESS', /192\.0\.2\.1:0.*no such address/),
      );
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

describe('what net.BoundSocket is asked for, where another stands in for it', () => {
  const asked = vi.fn<(options: object) => void>();
  const closed = vi.fn<() => void>();
  class StandIn {
    constructor(options: object) {
      asked(options);
    }
    fd = () => 42;
    address = () => ({ port: 4711 });
    close = () => closed();
  }

  beforeEach(() => {
    vi.resetAllMocks();
    setBoundSocket(StandIn);
  });

  it('host and port; its own port, descriptor and handle come back', async () => {
    const { address, fd, handle, close } = await bind(FREE);
    expect(asked.mock.calls).toEqual([[{ host: '127.0.0.1', port: 0 }]]);
    expect([address, fd, handle]).toEqual([{ ...FREE, port: 4711 }, 42, expect.any(StandIn)]);
    close();
    expect(closed).toHaveBeenCalledTimes(1);
  });

  it('closing what a server has adopted is no error; any other failure is one', async () => {
    const { close } = await bind(FREE);
    closed.mockImplementationOnce(() => {
      throw Object.assign(new Error('adopted'), { code: 'ERR_SOCKET_HANDLE_ADOPTED' });
    });
    expect(close).not.toThrow();
    closed.mockImplementationOnce(() => {
      throw Object.assign(new Error('another'), { code: 'EBADF' });
    });
    expect(close).toThrow('another');
  });

  it('its errors name the address', async () => {
    asked.mockImplementation(() => {
      throw Object.assign(new Error('bind EADDRINUSE'), { code: 'EADDRINUSE' });
    });
    await expect(bind(FREE)).rejects.toEqual(failure('ERR_LISTEN_IN_USE', '127.0.0.1:0'));
    const umask = process.umask();
    await expect(bind({ type: 'unix', path })).rejects.toEqual(failure('ERR_LISTEN_IN_USE', path));
    expect(process.umask()).toBe(umask);
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

describe('a descriptor', () => {
  it('that is a socket is taken as it is, and left open', async () => {
    const { fd } = await bound(FREE);
    const inherited = await bind({ type: 'fd', fd });
    expect(inherited).toMatchObject({ fd, handle: { fd }, address: { type: 'fd', fd } });
    inherited.close();
    expect((await bind({ type: 'fd', fd })).fd).toBe(fd);
  });

  it('that is a file, or not open, is refused', async () => {
    const fd = openSync('/dev/null', 'r');
    const refused = failure('ERR_LISTEN_ADDRESS', `descriptor ${fd} is no socket`);
    await expect(bind({ type: 'fd', fd })).rejects.toEqual(refused);
    closeSync(fd);
    await expect(bind({ type: 'fd', fd: 99_999 })).rejects.toEqual(
      failure('ERR_LISTEN_ADDRESS', '99999'),
    );
  });
});

describe('for a person', () => {
  it.each([
    [FREE, '127.0.0.1:0'],
    [{ type: 'tcp', host: '::1', port: 80 }, '[::1]:80'],
    [{ type: 'unix', path: '/run/s' }, '/run/s'],
    [{ type: 'fd', fd: 3 }, 'descriptor 3'],
  ] as [Address, string][])('%j is %s', (address, text) => {
    expect(describeAddress(address)).toBe(text);
  });

  it.each([
    ['EADDRINUSE', 'ERR_LISTEN_IN_USE', 'another process'],
    ['EACCES', 'ERR_LISTEN_ADDRESS', 'permission denied'],
    ['EINVAL', 'ERR_LISTEN_ADDRESS', 'not a socket that can listen'],
    ['ESOMETHING', 'ERR_LISTEN_ADDRESS', 'in the words of the system'],
  ])('%s', (code, expected, message) => {
    const error = Object.assign(new Error('in the words of the system'), { code });
    expect(listenFailure(FREE, error)).toEqual(failure(expected, message));
    expect(listenFailure(FREE, error).cause).toBe(error);
  });
});
