// Binding without listening: by each way that Node has for it.
import { closeSync, mkdtempSync, openSync, rmSync } from 'node:fs';
import { default as net } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type Address, describeAddress } from '../src/address.ts';
import { bind } from '../src/bind.ts';
import { listenFailure } from '../src/listen-failure.ts';
import { ask, bound, failure, listenOn, ORIGINAL, setBoundSocket, WAYS } from './binding.ts';

const FREE: Address = { type: 'tcp', host: '127.0.0.1', port: 0 };

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
