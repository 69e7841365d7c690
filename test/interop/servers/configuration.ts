// The configuration files beside this folder, and blocks of the documents, with their ${PLACEHOLDERS} filled in.
import { readFileSync, writeFileSync } from 'node:fs';
import { userInfo } from 'node:os';

/** What stands for the placeholders. */
export type Values = Readonly<Record<string, string>>;

const ADDED = new Map<string, string>();

/** Adds a template that comes from elsewhere; it may then be named as a file of configurations/. */
export function addTemplate(name: string, text: string): string {
  ADDED.set(name, text);
  return name;
}

/** A template, with its placeholders. */
export function templateText(name: string): string {
  const file = new URL(`../configurations/${name}`, import.meta.url);
  return ADDED.get(name) ?? readFileSync(file, 'utf8');
}

/** Writes a configuration file, filled in, and returns its path. */
export function writeConfiguration(
  folder: string,
  name: string,
  values: Values,
  mode = 0o644,
): string {
  const text = templateText(name).replace(/\$\{([A-Z_]+)\}/g, (_whole, key: string) => {
    const value = values[key];
    if (value === undefined) throw new Error(`${name}: nothing stands for \${${key}}`);
    return value;
  });
  const path = `${folder}/${name}`;
  writeFileSync(path, text, { mode });
  return path;
}

/** The user that web servers run as: not root, which some of them refuse. */
export interface Account {
  readonly user: string;
  readonly group: string;
  readonly uid: number;
  readonly gid: number;
}

const WWW_DATA: Account = { user: 'www-data', group: 'www-data', uid: 33, gid: 33 }; // on every Debian

/** Debian's account for web servers when root runs the tests, else whoever runs them. */
export function account(): Account {
  const { username, uid, gid } = userInfo();
  return uid === 0 ? WWW_DATA : { user: username, group: String(gid), uid, gid };
}
