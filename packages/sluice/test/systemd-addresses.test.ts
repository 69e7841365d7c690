// Addresses of systemd's sockets become those of descriptors.
import { SystemdSockets } from '@sluice/concurrency';
import { describe, expect, it, vi } from 'vitest';
import { resolveSystemd } from '../src/addresses/systemd-addresses.ts';

const take = vi.fn(() =>
  SystemdSockets.take({ LISTEN_PID: '7', LISTEN_FDS: '3', LISTEN_FDNAMES: 'scgi:web:web' }, 7),
);
const resolve = (...listen: string[]) => resolveSystemd(listen, take);

const failure = (code: string, message: RegExp) =>
  expect.objectContaining({ name: 'OptionError', code, message: expect.stringMatching(message) });

describe('resolveSystemd', () => {
  it('leaves others as they are, and asks for no sockets then', () => {
    const others = ['http://127.0.0.1:80', 'scgi+unix:/s?mode=600', 'scgi+fd:3', 'scgi+stdio:'];
    expect(resolve(...others)).toEqual(others);
    expect(take).not.toHaveBeenCalled();
  });

  it('puts a descriptor for each socket of a name, with the options', () => {
    expect(resolve('scgi+systemd:scgi?allow=::1&x=?', 'http://h', 'http+systemd:web?a=b')).toEqual([
      ...['scgi+fd:3?allow=::1&x=?', 'http://h'],
      ...['http+fd:4?a=b', 'http+fd:5?a=b'],
    ]);
  });

  it('takes the sockets once, since the variables are gone then', () => {
    expect(resolve('scgi+systemd:scgi')).toEqual(['scgi+fd:3']);
    expect(resolve('scgi+systemd:web')).toEqual(['scgi+fd:4', 'scgi+fd:5']);
    expect(take).toHaveBeenCalledTimes(1);
  });

  it('names an address that is wrong, without its options', () => {
    expect(() => resolve('scgi+systemd:no?secret=x')).toThrow(
      failure('ERR_LISTEN_ADDRESS', /^scgi\+systemd:no: .*there are scgi, web$/),
    );
    expect(() => resolve('scgi+systemd:web', 'http+systemd:web?a=b')).toThrow(
      failure('ERR_OPTION_ADDRESS', /^scgi\+systemd:web and http\+systemd:web are the same socket/),
    );
    expect(() => resolve('nonsense')).toThrow(failure('ERR_OPTION_ADDRESS', /nonsense/));
  });
});
