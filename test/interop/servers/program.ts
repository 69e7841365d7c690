// A web server's program, which may not be installed.
import { existsSync } from 'node:fs';
import { describe, it } from 'vitest';

/** A program that tests need. */
export interface Program {
  readonly name: string;
  readonly path: string;
  readonly installed: boolean;
}

const FOLDERS = [...(process.env.PATH ?? '').split(':'), '/usr/local/sbin', '/usr/sbin', '/sbin'];

/** Looks for a program, also where only root's PATH leads; an absolute path is taken as it is. */
export function findProgram(name: string, ...files: string[]): Program {
  const candidates = files.flatMap((file) =>
    file.startsWith('/') ? [file] : FOLDERS.map((folder) => `${folder}/${file}`),
  );
  const path = candidates.find((candidate) => existsSync(candidate));
  return { name, path: path ?? name, installed: path !== undefined };
}

/**
 * Groups tests that need programs. When one is missing they are skipped under its name; with
 * SLUICE_REQUIRE_SERVERS=1 they fail instead.
 */
export function describeWith(programs: readonly Program[], title: string, tests: () => void): void {
  const missing = programs.filter(({ installed }) => !installed).map(({ name }) => name);
  if (missing.length === 0) {
    describe(title, tests);
    return;
  }
  const named = `${title}: ${missing.join(', ')} not installed`;
  if (process.env.SLUICE_REQUIRE_SERVERS === '1') {
    it(named, () => {
      throw new Error(`SLUICE_REQUIRE_SERVERS=1, and ${missing.join(', ')} not installed`);
    });
    return;
  }
  describe.skipIf(true)(named, tests);
}
