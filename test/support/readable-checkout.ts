// Web servers that are started by root run scripts as another user, who may not be able to reach this
// checkout (a home, a temporary folder of root). Then what they run is copied to where everybody may read.
import {
  chmodSync,
  cpSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** Names the copy in `SLUICE_TEST_CHECKOUT`, where one is needed; called once, before all tests. */
export default function setup(): (() => void) | undefined {
  if (process.getuid?.() !== 0 || isReachable(ROOT)) return undefined;
  const copy = mkdtempSync(join(tmpdir(), 'sluice-checkout-'));
  chmodSync(copy, 0o755);
  for (const name of readdirSync(join(ROOT, 'packages'))) {
    for (const part of ['package.json', 'dist', 'bin']) take(join('packages', name, part), copy);
  }
  for (const name of installed()) take(join('node_modules', name), copy);
  take('package.json', copy);
  take('test/fixtures', copy);
  process.env.SLUICE_TEST_CHECKOUT = copy;
  return () => rmSync(copy, { recursive: true });
}

/** What applications of test/fixtures/frameworks import that web servers start. */
const FRAMEWORKS = [
  ...['@sluice/adapters', 'express', 'compression', 'express-session', 'multer'],
  ...['fastify', 'koa', 'hono', 'ws'],
];

/** The packages of this repository, some frameworks, and whatever they depend on. */
function installed(): ReadonlySet<string> {
  const found = new Set(['sluice', ...FRAMEWORKS]);
  for (const name of found) {
    const file = join(ROOT, 'node_modules', name, 'package.json');
    const { dependencies = {} } = JSON.parse(readFileSync(file, 'utf8'));
    for (const dependency of Object.keys(dependencies)) found.add(dependency);
  }
  return found;
}

function take(part: string, copy: string): void {
  const from = join(ROOT, part);
  if (!statSync(from, { throwIfNoEntry: false })) return;
  cpSync(from, join(copy, part), { recursive: true, verbatimSymlinks: true });
}

/** Whether others may pass through every folder on the way. */
function isReachable(path: string): boolean {
  if ((statSync(path).mode & 0o001) === 0) return false;
  return dirname(path) === path || isReachable(dirname(path));
}
