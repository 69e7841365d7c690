// Giving up root, without giving it up: the system's functions are only looked at. What they do is seen in
// test/conformance/privileges.test.ts.
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import {
  becomeIdentity,
  dropPrivileges,
  type Identity,
  identityFromUrl,
  privilegePreload,
} from '../src/privileges.ts';

const WWW: Identity = { uid: 33, gid: 34, groups: [34, 4], env: {} };

/** Who this process seems to be. */
let self: { uid: number; euid: number; gid: number; egid: number; groups: number[] };
let calls: string[];

beforeEach(() => {
  self = { uid: 0, euid: 0, gid: 0, egid: 0, groups: [0, 1] };
  calls = [];
  vi.spyOn(process, 'getuid').mockImplementation(() => self.uid);
  vi.spyOn(process, 'geteuid').mockImplementation(() => self.euid);
  vi.spyOn(process, 'getgid').mockImplementation(() => self.gid);
  vi.spyOn(process, 'getegid').mockImplementation(() => self.egid);
  vi.spyOn(process, 'getgroups').mockImplementation(() => self.groups);
  vi.spyOn(process, 'setgroups').mockImplementation((groups) => {
    calls.push(`setgroups ${groups}`);
    self.groups = groups.map(Number);
  });
  vi.spyOn(process, 'setgid').mockImplementation((id) => {
    calls.push(`setgid ${id}`);
    self.gid = self.egid = Number(id);
  });
  vi.spyOn(process, 'setuid').mockImplementation((id) => {
    calls.push(`setuid ${id}`);
    if (self.euid !== 0) throw new Error('EPERM');
    self.uid = self.euid = Number(id);
  });
});

afterEach(() => vi.restoreAllMocks());

const failure = (code: string, message: RegExp) =>
  expect.objectContaining({ code, message: expect.stringMatching(message) });

describe('becomeIdentity', () => {
  it('groups, group and user, in this order, and then it tries to come back', () => {
    becomeIdentity(WWW);
    expect(calls).toEqual(['setgroups 34,4', 'setgid 34', 'setuid 33', 'setuid 0']);
    expect(self).toEqual({ uid: 33, euid: 33, gid: 34, egid: 34, groups: [34, 4] });
  });

  it('the group alone', () => {
    becomeIdentity({ ...WWW, uid: undefined });
    expect(calls).toEqual(['setgroups 34,4', 'setgid 34']);
  });

  it('does nothing when it is that one already', () => {
    self = { uid: 33, euid: 33, gid: 34, egid: 34, groups: [34] };
    becomeIdentity(WWW);
    becomeIdentity({ ...WWW, uid: undefined });
    expect(calls).toEqual([]);
  });

  it.each([
    [WWW, /become user 33 and group 34, and this process is user 1000/],
    [{ ...WWW, uid: undefined }, /become group 34, and this process is user 1000/],
    [{ ...WWW, uid: 1000 }, /become user 1000 and group 34/],
  ] as [Identity, RegExp][])('is refused to others than root', (identity, message) => {
    self = { uid: 1000, euid: 1000, gid: 1000, egid: 1000, groups: [] };
    const refused = failure('ERR_PRIVILEGES_NOT_ROOT', message);
    expect(() => becomeIdentity(identity)).toThrow(refused);
    expect(calls).toEqual([]);
  });

  const lies: Record<string, () => void> = {
    'setgroups() does nothing': () => vi.mocked(process.setgroups)?.mockImplementation(() => {}),
    'setgid() does nothing': () => vi.mocked(process.setgid)?.mockImplementation(() => {}),
    'setuid() does nothing': () => vi.mocked(process.setuid)?.mockImplementation(() => {}),
    'one of them fails': () =>
      vi.mocked(process.setgroups)?.mockImplementation(() => {
        throw new Error('EPERM, Operation not permitted');
      }),
    'the way back is open': () =>
      vi.mocked(process.setuid)?.mockImplementation((id) => {
        self.uid = self.euid = Number(id);
      }),
    'the effective user stays': () =>
      vi.mocked(process.setuid)?.mockImplementation((id) => {
        self.uid = Number(id);
      }),
  };

  it.each(Object.keys(lies))('is fatal when %s', (lie) => {
    lies[lie]?.();
    expect(() => becomeIdentity(WWW)).toThrow(failure('ERR_PRIVILEGES_KEPT', /not given up/));
  });
});

describe('dropPrivileges', () => {
  it('does nothing when nobody is named', () => {
    dropPrivileges({});
    expect(calls).toEqual([]);
  });

  it('takes all groups of the user, and tells programs who they run as', () => {
    for (const name of ['USER', 'LOGNAME', 'HOME']) vi.stubEnv(name, 'before');
    dropPrivileges({ user: 'daemon' });
    expect(calls).toEqual(['setgroups 1', 'setgid 1', 'setuid 1', 'setuid 0']);
    const { USER, LOGNAME, HOME } = process.env;
    vi.unstubAllEnvs();
    expect([USER, LOGNAME, HOME]).toEqual(['daemon', 'daemon', '/usr/sbin']);
  });

  it('takes another group instead of the own one', () => {
    dropPrivileges({ user: 'daemon', group: '7' });
    expect(calls).toEqual(['setgroups 7,1', 'setgid 7', 'setuid 1', 'setuid 0']);
  });

  it('names what is unknown, or missing', () => {
    const unknown = (message: RegExp) => failure('ERR_ACCOUNT_UNKNOWN', message);
    expect(() => dropPrivileges({ user: 'no-such-user' })).toThrow(unknown(/no-such-user/));
    expect(() => dropPrivileges({ group: 'no-such-group' })).toThrow(unknown(/no-such-group/));
    expect(() => dropPrivileges({ user: '3999999999' })).toThrow(unknown(/name a group as well/));
    expect(calls).toEqual([]);
  });
});

describe('privilegePreload', () => {
  it('is what dropPrivileges would do, for a child', () => {
    const { execArgv, env } = privilegePreload({ user: 'daemon', group: '7' }) ?? {};
    expect(execArgv?.[0]).toBe('--import');
    expect(execArgv?.[1]).toMatch(/^file:.*\/privilege-preload\.js\?/);
    expect(identityFromUrl(execArgv?.[1] as string)).toEqual({
      ...{ uid: 1, gid: 7, groups: [7, 1] },
      env: {},
    });
    expect(env).toEqual({ USER: 'daemon', LOGNAME: 'daemon', HOME: '/usr/sbin' });
    expect(calls).toEqual([]);
  });

  it('of a group alone', () => {
    const [, url = ''] = privilegePreload({ group: '7' })?.execArgv ?? [];
    expect(identityFromUrl(url)).toMatchObject({ uid: undefined, gid: 7, groups: [7] });
  });

  it('is nothing when nobody is named, or it is that one already', () => {
    expect(privilegePreload({})).toBeUndefined();
    self = { uid: 1, euid: 1, gid: 1, egid: 1, groups: [] };
    expect(privilegePreload({ user: 'daemon' })).toBeUndefined();
  });

  it('refuses here, and not in each child', () => {
    self = { uid: 1000, euid: 1000, gid: 1000, egid: 1000, groups: [] };
    const refused = failure('ERR_PRIVILEGES_NOT_ROOT', /only root/);
    expect(() => privilegePreload({ user: 'daemon' })).toThrow(refused);
  });
});

describe('identityFromUrl', () => {
  it.each(['', '?gid=1', '?uid=&gid=1&groups=1', '?uid=1&groups=1', '?uid=x&gid=1&groups=1'])(
    'a URL with %j says nothing',
    (query) => {
      const nothing = () => identityFromUrl(`file:///privilege-preload.js${query}`);
      expect(nothing).toThrow(failure('ERR_PRIVILEGES_KEPT', /is not said/));
    },
  );
});
