// Runs somebody else's tests in a checkout of theirs.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { startChild } from '../support/child.ts';
import { Cleanup } from '../support/cleanup.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

/**
 * Runs tests, and reads their report.
 *
 * @param folder - the checkout
 * @param protocol - that requests take their way through
 * @param words - for node, where the report has to go to the file that is given
 */
export async function inCheckout<Report>(
  folder: string,
  protocol: string,
  words: (file: string) => readonly string[],
): Promise<Report> {
  const cleanup = new Cleanup();
  try {
    const file = join(temporaryFolder(cleanup), 'report.json');
    const { VITEST: _, ...env } = process.env; // these tests are not part of ours
    const child = startChild(cleanup, process.execPath, words(file), {
      cwd: folder,
      env: { ...env, NODE_ENV: 'test', SLUICE_UPSTREAM_PROTOCOL: protocol },
    });
    await child.ended;
    if (!existsSync(file)) throw new Error(`there is no report: ${child.stderr}`);
    return JSON.parse(readFileSync(file, 'utf8')) as Report;
  } finally {
    await cleanup.run();
  }
}
