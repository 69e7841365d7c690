// Configuration files that are found by themselves. Loaded wherever programs start for every request: no imports but Node's.
import { existsSync } from 'node:fs';

/** Their names, any one of which may be in the working directory. */
const FILE_NAMES = ['js', 'mjs', 'cjs', 'ts', 'json'].map(
  (extension) => `sluice.config.${extension}`,
);

/** Those that are there. */
export function namesFound(): readonly string[] {
  return FILE_NAMES.filter((name) => existsSync(name));
}
