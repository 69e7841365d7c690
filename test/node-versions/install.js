// Versions of Node.js, as the npm package `node` carries them, in a folder that other users can reach:
// tests start processes as other users, and a checkout may be closed to them.
import { spawnSync } from 'node:child_process';
import { existsSync, lstatSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';

/**
 * Installs a version, if it is not there yet.
 *
 * @param {string} version - as npm takes it: `22`, `24.1.0`
 * @returns {string} path of the program
 * @throws {Error} when npm cannot install it
 */
export function installNode(version) {
  const folder = join(ownFolder(), version);
  const node = join(folder, 'node_modules/node/bin/node');
  if (existsSync(node)) return node;
  const fresh = `${folder}.${process.pid}`; // another run may be installing it too
  mkdirSync(fresh);
  try {
    writeFileSync(join(fresh, 'package.json'), '{ "private": true }\n');
    const words = ['install', '--prefix', fresh, '--no-audit', '--no-fund', `node@${version}`];
    const { status } = spawnSync('npm', words, { cwd: fresh, stdio: ['ignore', 2, 2] });
    if (status !== 0 || !existsSync(node.replace(folder, fresh)))
      throw new Error(`npm could not install node@${version}`);
    if (!existsSync(folder)) renameSync(fresh, folder);
  } finally {
    rmSync(fresh, { recursive: true, force: true });
  }
  return node;
}

/** A folder below that of temporary files which nobody but us can have filled. */
function ownFolder() {
  const { uid } = userInfo();
  const folder = join(tmpdir(), `sluice-node-versions-${uid}`);
  mkdirSync(folder, { recursive: true, mode: 0o755 });
  const entry = lstatSync(folder);
  if (!entry.isDirectory() || entry.uid !== uid || (entry.mode & 0o022) !== 0)
    throw new Error(`${folder} belongs to somebody else, or others may write to it`);
  return folder;
}
