// Sockets that systemd passes: which are ours, and what a name that is not there is told.
import { describe, expect, it } from 'vitest';
import { SystemdSockets } from '../src/systemd-sockets.ts';

const PID = 4711;

const taken = (LISTEN_FDS: string, LISTEN_FDNAMES?: string, LISTEN_PID = String(PID)) =>
  SystemdSockets.take({ LISTEN_FDS, LISTEN_PID, LISTEN_FDNAMES }, PID);

const failure = (message: RegExp) =>
  expect.objectContaining({
    name: 'OptionError',
    code: 'ERR_LISTEN_ADDRESS',
    message: expect.stringMatching(message),
  });

describe('SystemdSockets', () => {
  it('begin at descriptor 3, in the order of their names', () => {
    const sockets = taken('2', 'scgi:http');
    expect(sockets.descriptorsOf('scgi')).toEqual([3]);
    expect(sockets.descriptorsOf('http')).toEqual([4]);
  });

  it('may be several with one name', () => {
    const sockets = taken('3', 'web.socket:admin:web.socket');
    expect(sockets.descriptorsOf('web.socket')).toEqual([3, 5]);
    expect(sockets.descriptorsOf('admin')).toEqual([4]);
  });

  it('need no name when there is only one', () => {
    expect(taken('1', 'web').descriptorsOf('')).toEqual([3]);
    expect(taken('1').descriptorsOf('')).toEqual([3]);
    expect(taken('2', 'web:web').descriptorsOf('')).toEqual([3, 4]);
  });

  it('without names, or with too few, are unknown', () => {
    expect(taken('2').descriptorsOf('unknown')).toEqual([3, 4]);
    expect(taken('3', ':web').descriptorsOf('unknown')).toEqual([3, 5]);
  });

  it('the variables are taken out of the environment, whoever they are for', () => {
    for (const LISTEN_PID of [String(PID), '1']) {
      const env = { LISTEN_PID, LISTEN_FDS: '1', LISTEN_FDNAMES: 'a', LISTEN_PIDFDID: '9', A: 'b' };
      SystemdSockets.take(env, PID);
      expect(env).toEqual({ A: 'b' });
    }
  });

  it.each([
    [
      'for another process',
      taken('1', 'web', '1'),
      /LISTEN_PID is 1 and this is process 4711.*exec/,
    ],
    ['none', SystemdSockets.take({}, PID), /LISTEN_FDS and LISTEN_PID are not set/],
    ['0', taken('0', ''), /LISTEN_FDS is 0/],
    ['no number', taken('x'), /LISTEN_FDS is "x"/],
  ])('%s', (_what, sockets, message) => {
    expect(() => sockets.descriptorsOf('web')).toThrow(failure(message));
    expect(() => sockets.descriptorsOf('')).toThrow(failure(message));
  });

  it('a name that is not there, or is needed, is told those that are', () => {
    const sockets = taken('3', 'scgi:http:http');
    expect(() => sockets.descriptorsOf('ajp')).toThrow(failure(/named ajp; there are scgi, http$/));
    expect(() => sockets.descriptorsOf('')).toThrow(failure(/several.*one of them: scgi, http$/));
  });
});
