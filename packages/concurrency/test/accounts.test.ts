// Users and groups by name and number.
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { findGroup, findUser, groupsOf } from '../src/accounts.ts';

const rows = (file: string) =>
  readFileSync(file, 'utf8')
    .split('\n')
    .filter((line) => /^[^#:]+:/.test(line))
    .map((line) => line.split(':'));
const [name = '', , uid, gid, , home] = rows('/etc/passwd')[1] ?? []; // not root, whose numbers are all 0
const [group = '', , groupId] = rows('/etc/group').at(-1) ?? [];

const unknown = (message: RegExp) =>
  expect.objectContaining({
    name: 'OptionError',
    code: 'ERR_ACCOUNT_UNKNOWN',
    message: expect.stringMatching(message),
  });

/** Puts a command before all others. */
function stubCommand(command: string, script: string): void {
  const folder = mkdtempSync(join(tmpdir(), 'accounts-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  writeFileSync(join(folder, command), `#!/bin/sh\n${script}\n`);
  chmodSync(join(folder, command), 0o755);
  vi.stubEnv('PATH', `${folder}:${process.env.PATH}`);
}

afterEach(() => vi.unstubAllEnvs());

describe('findUser', () => {
  it('knows users of /etc/passwd by name and number', () => {
    const user = { name, uid: Number(uid), gid: Number(gid), home };
    expect(findUser(name)).toEqual(user);
    expect(findUser(uid as string)).toEqual(user);
  });

  it('asks getent for others', () => {
    stubCommand(
      'getent',
      `[ "$*" = 'passwd -- from-afar' ] && echo from-afar:x:4711:4712::/home/f:`,
    );
    expect(findUser('from-afar')).toEqual({
      ...{ name: 'from-afar', uid: 4711, gid: 4712 },
      home: '/home/f',
    });
    expect(() => findUser('from-further')).toThrow(unknown(/from-further/));
  });

  it('takes a number that stands in no list', () => {
    vi.stubEnv('PATH', '/nowhere');
    const nobody = { name: undefined, gid: undefined, home: undefined };
    expect(findUser('3999999999')).toEqual({ ...nobody, uid: 3_999_999_999 });
  });

  it.each(['no-such-user', '', '-s', '--help', 'a:b', 'a\nroot', '-1', '4294967295', '1e3', ' '])(
    'names %j, which is none',
    (user) => {
      expect(() => findUser(user)).toThrow(unknown(/no user .*\/etc\/passwd/));
      expect(() => findUser(user)).toThrow(JSON.stringify(user));
    },
  );
});

describe('findGroup', () => {
  it('knows groups by name, and takes numbers', () => {
    expect(findGroup(group)).toBe(Number(groupId));
    expect(findGroup('3999999999')).toBe(3_999_999_999);
  });

  it('asks getent for others', () => {
    stubCommand('getent', `[ "$*" = 'group -- from-afar' ] && echo from-afar:x:4712:`);
    expect(findGroup('from-afar')).toBe(4712);
  });

  it.each(['no-such-group', '', '4294967295'])('names %j, which is none', (text) => {
    expect(() => findGroup(text)).toThrow(unknown(/no group .*\/etc\/group/));
  });
});

describe('groupsOf', () => {
  it('gives what id(1) says, with the primary group before all', () => {
    const said = execFileSync('id', ['-G', name], { encoding: 'utf8' })
      .trim()
      .split(' ')
      .map(Number);
    expect([...groupsOf(findUser(name))].sort()).toEqual([...said].sort());
    stubCommand('id', `[ "$*" = '-G -- somebody' ] && echo 5 6 7`);
    const somebody = { name: 'somebody', uid: 1, gid: 7, home: undefined };
    expect(groupsOf(somebody)).toEqual([7, 5, 6]);
  });

  it('reads /etc/group where there is no id(1)', () => {
    vi.stubEnv('PATH', '/nowhere');
    expect(groupsOf(findUser(name))).toContain(Number(gid));
    for (const [, , number, members = ''] of rows('/etc/group')) {
      const [member] = members.split(',').filter((each) => each !== '');
      if (member) expect(groupsOf({ ...findUser(name), name: member })).toContain(Number(number));
    }
  });

  it('of a number without a name', () => {
    expect(groupsOf({ name: undefined, uid: 1, gid: 2, home: undefined })).toEqual([2]);
    expect(groupsOf({ name: undefined, uid: 1, gid: undefined, home: undefined })).toEqual([]);
  });
});
