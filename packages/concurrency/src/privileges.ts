// Giving up root: groups first, then the group, then the user, since the last step takes the right to the
// others away. Then it is looked whether all of it has happened and none of it can be taken back.
import { OptionError, SluiceError } from '@sluice/protocol';
import { findGroup, findUser, groupsOf } from './accounts.ts';

/** Whose rights to take. */
export interface PrivilegeOptions {
  /** A user, by name or number. */
  readonly user?: string | undefined;
  /** A group, by name or number, instead of the user's own. */
  readonly group?: string | undefined;
}

/** Who a process shall be, in numbers. */
export interface Identity {
  /** Undefined: the user stays. */
  readonly uid: number | undefined;
  readonly gid: number;
  /** All groups, `gid` among them. */
  readonly groups: readonly number[];
  /** Variables that tell programs who they run as. */
  readonly env: Readonly<Record<string, string>>;
}

/** What a child process of node needs to give up root before it does anything else. */
export interface PrivilegePreload {
  /** Arguments of node that have to come before all others. */
  readonly execArgv: readonly string[];
  /** Variables that replace those of the environment. */
  readonly env: Readonly<Record<string, string>>;
}

/**
 * Gives up the rights of this process, for good.
 *
 * @throws OptionError `ERR_ACCOUNT_UNKNOWN`, `ERR_PRIVILEGES_NOT_ROOT` when this process is another user than root and than the one that is asked for
 * @throws SluiceError `ERR_PRIVILEGES_KEPT` when the rights could not be given up: the process must not go on
 */
export function dropPrivileges(options: PrivilegeOptions): void {
  const identity = identityOf(options);
  if (!identity) return;
  becomeIdentity(identity);
  Object.assign(process.env, identity.env);
}

/**
 * Lets a child process of node give up its rights before it loads anything but node's own preload
 * modules (`NODE_OPTIONS`, `--require`), which the process that starts it has loaded as well.
 *
 * @returns undefined when there is nothing to give up
 * @throws OptionError `ERR_ACCOUNT_UNKNOWN`, `ERR_PRIVILEGES_NOT_ROOT`: here already, not in each child
 */
export function privilegePreload(options: PrivilegeOptions): PrivilegePreload | undefined {
  const identity = identityOf(options);
  if (!identity || isIdentity(identity)) return undefined;
  refuseUnlessRoot(identity);
  const url = new URL('./privilege-preload.js', import.meta.url);
  const { uid, gid, groups } = identity;
  if (uid !== undefined) url.searchParams.set('uid', String(uid));
  url.searchParams.set('gid', String(gid));
  url.searchParams.set('groups', groups.join());
  return { execArgv: ['--import', url.href], env: identity.env };
}

/** What the URL of the preload module says. @throws SluiceError `ERR_PRIVILEGES_KEPT` when that is not who to be */
export function identityFromUrl(url: string): Identity {
  const { searchParams } = new URL(url);
  const uid = searchParams.get('uid');
  const gid = searchParams.get('gid');
  const groups = (searchParams.get('groups') ?? '').split(',');
  if (![...groups, gid, uid ?? '0'].every((id) => /^\d+$/.test(id ?? '')))
    throw kept('whose rights to take is not said');
  return {
    uid: uid === null ? undefined : Number(uid),
    gid: Number(gid),
    groups: groups.map(Number),
    env: {},
  };
}

function identityOf({ user, group }: PrivilegeOptions): Identity | undefined {
  if (user === undefined && group === undefined) return undefined;
  const account = user === undefined ? undefined : findUser(user);
  const gid = group === undefined ? account?.gid : findGroup(group);
  if (gid === undefined) {
    throw new OptionError(
      'ERR_ACCOUNT_UNKNOWN',
      `the user ${user} is in no list of this machine, so that nobody knows its group: name a group as well`,
    );
  }
  const memberships = account ? groupsOf({ ...account, gid }) : [gid];
  const { name, uid, home } = account ?? {};
  return {
    uid,
    gid,
    groups: memberships,
    env: name === undefined ? {} : { USER: name, LOGNAME: name, HOME: home || '/' },
  };
}

/**
 * Makes this process somebody else, for good. Does nothing when it is that one already.
 *
 * @throws OptionError `ERR_PRIVILEGES_NOT_ROOT`
 * @throws SluiceError `ERR_PRIVILEGES_KEPT`
 */
export function becomeIdentity(identity: Identity): void {
  if (isIdentity(identity)) return;
  refuseUnlessRoot(identity);
  const { uid, gid, groups } = identity;
  try {
    process.setgroups?.([...groups]);
    process.setgid?.(gid);
    if (uid !== undefined) process.setuid?.(uid);
  } catch (error) {
    throw kept((error as Error).message, error);
  }
  if (!hasIds(identity) || !hasGroups(identity)) throw kept('the system did not do as it said');
  if (uid !== undefined && uid !== 0 && canBeRoot()) throw kept('this process can be root again');
}

/** Whether there is nothing to give up: root has to give up groups at least. */
function isIdentity(identity: Identity): boolean {
  return hasIds(identity) && (identity.uid === 0 || process.geteuid?.() !== 0);
}

function hasIds({ uid, gid }: Identity): boolean {
  const users = [process.getuid?.(), process.geteuid?.()];
  const groups = [process.getgid?.(), process.getegid?.()];
  return (uid === undefined || users.every((id) => id === uid)) && groups.every((id) => id === gid);
}

function hasGroups({ gid, groups }: Identity): boolean {
  const has = new Set([gid, ...(process.getgroups?.() ?? [])]);
  return has.size === new Set([gid, ...groups]).size && groups.every((group) => has.has(group));
}

function canBeRoot(): boolean {
  try {
    process.setuid?.(0);
    return true;
  } catch {
    return false;
  }
}

function refuseUnlessRoot({ uid, gid }: Identity): void {
  if (process.geteuid?.() === 0) return;
  const who = uid === undefined ? `group ${gid}` : `user ${uid} and group ${gid}`;
  throw new OptionError(
    'ERR_PRIVILEGES_NOT_ROOT',
    `only root can become ${who}, and this process is user ${process.geteuid?.() ?? 'of another kind of system'}: start it as root, or leave user and group out`,
  );
}

function kept(why: string, cause?: unknown): SluiceError {
  return new SluiceError(
    'ERR_PRIVILEGES_KEPT',
    `the rights of root are not given up: ${why}`,
    cause,
  );
}
