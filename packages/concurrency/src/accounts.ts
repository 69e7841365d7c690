// Users and groups by name or number: from /etc/passwd and /etc/group, and from whatever else getent(1) asks.
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { OptionError } from '@sluice/protocol';

/** A user of this machine. */
export interface User {
  /** Undefined for a number that stands in no list. */
  readonly name: string | undefined;
  readonly uid: number;
  /** The primary group; undefined for a number that stands in no list. */
  readonly gid: number | undefined;
  /** The home directory; undefined for a number that stands in no list. */
  readonly home: string | undefined;
}

type Database = 'passwd' | 'group';

const NUMBER = /^\d{1,10}$/;
const LARGEST = 0xff_ff_ff_fe; // the number after it means "leave it as it is" to the kernel

/**
 * Finds a user.
 *
 * @param user - a name, or a number, which need not be in any list
 * @throws OptionError `ERR_ACCOUNT_UNKNOWN`, naming the user
 */
export function findUser(user: string): User {
  const [name, , uid, gid, , home] = entryOf('passwd', user) ?? [];
  if (name !== undefined) return { name, uid: Number(uid), gid: Number(gid), home };
  if (!isId(user)) throw unknown('user', user, '/etc/passwd');
  return { name: undefined, uid: Number(user), gid: undefined, home: undefined };
}

/**
 * The number of a group.
 *
 * @param group - a name, or a number, which need not be in any list
 * @throws OptionError `ERR_ACCOUNT_UNKNOWN`, naming the group
 */
export function findGroup(group: string): number {
  if (isId(group)) return Number(group);
  const gid = entryOf('group', group)?.[2];
  if (gid === undefined) throw unknown('group', group, '/etc/group');
  return Number(gid);
}

/** The numbers of all groups that a user is in, the primary one among them. */
export function groupsOf({ name, gid }: User): readonly number[] {
  const own = gid === undefined ? [] : [gid];
  if (name === undefined) return own;
  const { status, stdout } = spawnSync('id', ['-G', '--', name], { encoding: 'utf8' });
  const listed = status === 0 ? stdout.trim().split(' ').map(Number) : membershipsOf(name);
  return [...new Set([...own, ...listed])];
}

/** Where there is no id(1). */
function membershipsOf(name: string): number[] {
  return linesOf('group')
    .filter(([, , , members = '']) => members.split(',').includes(name))
    .map(([, , gid]) => Number(gid));
}

/** The fields of an entry. Most names are in the file, and reading it costs less than a process. */
function entryOf(database: Database, key: string): string[] | undefined {
  if (key === '' || /[:\n\0]/.test(key)) return undefined;
  const column = NUMBER.test(key) ? 2 : 0;
  const inFile = linesOf(database).find((fields) => fields[column] === key);
  if (inFile) return inFile;
  const { status, stdout } = spawnSync('getent', [database, '--', key], { encoding: 'utf8' });
  return status === 0 ? (stdout.split('\n')[0] as string).split(':') : undefined;
}

function linesOf(database: Database): string[][] {
  try {
    return readFileSync(`/etc/${database}`, 'utf8')
      .split('\n')
      .map((line) => line.split(':'));
  } catch {
    return [];
  }
}

function isId(text: string): boolean {
  return NUMBER.test(text) && Number(text) <= LARGEST;
}

function unknown(kind: 'user' | 'group', name: string, file: string): OptionError {
  return new OptionError(
    'ERR_ACCOUNT_UNKNOWN',
    `there is no ${kind} ${JSON.stringify(name)} on this machine: name one of ${file}, or give its number`,
  );
}
