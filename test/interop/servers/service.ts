// A service folder as docs/daemontools.md has it, for supervisors that run one.
import { chmodSync, chownSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { blocksOf } from '../../docs/markdown.ts';
import type { Cleanup } from '../../support/cleanup.ts';
import { holdPort } from '../../support/held-port.ts';
import { appPath, SLUICE } from '../../support/sluice.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';
import { account } from './configuration.ts';

/** A service that a supervisor can be shown. */
export interface Service {
  /** What the supervisor watches. */
  readonly parent: string;
  /** What it runs. */
  readonly folder: string;
  /** Where it will be served. */
  readonly address: string;
  /** The log so far. */
  readonly log: () => string;
}

/**
 * Writes the scripts of the documentation, with a port, paths and a user of ours.
 *
 * @param kind - what stands behind the names of the files there: `''` or ` (runit)`
 */
export async function writeService(cleanup: Cleanup, kind = ''): Promise<Service> {
  const parent = join(temporaryFolder(cleanup), 'services');
  const folder = join(parent, 'app');
  mkdirSync(join(folder, 'log/main'), { recursive: true });
  const { uid, gid } = account();
  chownSync(join(folder, 'log/main'), uid, gid);
  const port = await holdPort(cleanup);
  for (const name of ['run', 'log/run']) {
    const block = blocksOf('docs/daemontools.md').find(({ file }) => file === `${name}${kind}`);
    if (!block) throw new Error(`docs/daemontools.md has no ${name}${kind}`);
    writeFileSync(join(folder, name), local(block.text, port));
    chmodSync(join(folder, name), 0o755);
  }
  const current = join(folder, 'log/main/current');
  return { parent, folder, address: `scgi://127.0.0.1:${port}`, log: () => contentOf(current) };
}

function local(text: string, port: string): string {
  const as = process.getuid?.() === 0 ? '$&' : ''; // nobody but root can become somebody else
  return text
    .replace('127.0.0.1:4000', `127.0.0.1:${port}`)
    .replace('/usr/bin/node', process.execPath)
    .replace('/srv/node_modules/sluice/dist/bin.js', SLUICE)
    .replace('/srv/app.mjs', appPath('held.js'))
    .replace(/(?:setuidgid|chpst -u) www-data /g, as);
}

function contentOf(file: string): string {
  try {
    return readFileSync(file, 'latin1');
  } catch {
    return `no ${basename(file)} in ${dirname(file)} yet`;
  }
}
