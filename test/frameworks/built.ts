// Applications of frameworks that have to be built: once for each state of their sources, into a cache.
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { packageFolder, RECIPES, type Recipe } from './recipes.ts';

const SOURCES = fileURLToPath(new URL('../fixtures/frameworks', import.meta.url));
const CACHE = fileURLToPath(new URL('../.cache/frameworks', import.meta.url));
const LIMIT = 240_000; // milliseconds for one command

const ENVIRONMENT = {
  ...process.env,
  NODE_ENV: 'production', // vitest's is another
  NEXT_TELEMETRY_DISABLED: '1',
  NUXT_TELEMETRY_DISABLED: '1',
};

/** The folder of a built application; it is built when there is none of these sources and versions. */
export async function built(name: keyof typeof RECIPES): Promise<string> {
  const key = keyOf(name);
  if (!existsSync(join(CACHE, key))) await build(name, key);
  return join(CACHE, key, name);
}

/** Whether a build has failed because npm could not reach its registry. */
export function isOffline(error: unknown): boolean {
  return /npm error code (?:E(?:NOTFOUND|AI_AGAIN|CONNREFUSED|NETUNREACH|TIMEDOUT)|ERR_SOCKET_TIMEOUT|FETCH_ERROR)/.test(
    String(error),
  );
}

/** Builds beside its place and moves it there: it is there as a whole or not at all. */
async function build(name: keyof typeof RECIPES, key: string): Promise<void> {
  mkdirSync(CACHE, { recursive: true });
  for (const left of readdirSync(CACHE)) if (isAbandoned(left)) remove(left);
  const work = mkdtempSync(join(CACHE, 'work-'));
  const folder = join(work, name);
  try {
    for (const file of shared()) cpSync(join(SOURCES, file), join(work, file));
    cpSync(join(SOURCES, name), folder, { recursive: true });
    await RECIPES[name].build(folder, (words, env) => run(words, folder, env));
    for (const old of readdirSync(CACHE)) {
      if (old.startsWith(`${name}-`) && old !== key) remove(old);
    }
    // Another run may have been quicker.
    if (!existsSync(join(CACHE, key))) renameSync(work, join(CACHE, key));
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

function remove(entry: string): void {
  rmSync(join(CACHE, entry), { recursive: true, force: true });
}

/** Whether a folder is what a run has left that was killed while it built. */
function isAbandoned(entry: string): boolean {
  if (!entry.startsWith('work-')) return false;
  const changed = statSync(join(CACHE, entry), { throwIfNoEntry: false })?.mtimeMs ?? Date.now();
  return Date.now() - changed > 4 * LIMIT;
}

/** A name that is another whenever another application would be built. */
function keyOf(name: keyof typeof RECIPES): string {
  const hash = createHash('sha256');
  const recipe: Recipe = RECIPES[name];
  const files = readdirSync(join(SOURCES, name), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
  const manifests = recipe.packages.map((each) => join(packageFolder(each), 'package.json'));
  const all = [...files.sort(), ...shared().map((file) => join(SOURCES, file)), ...manifests];
  for (const path of all) hash.update(`${path.slice(SOURCES.length)}\n`).update(readFileSync(path));
  hash.update(recipe.build.toString()).update(process.version);
  return `${name}-${hash.digest('hex').slice(0, 12)}`;
}

/** What the applications of all frameworks share. */
function shared(): string[] {
  return readdirSync(SOURCES).filter((file) => /^(?:content|web-stream)\.js$/.test(file));
}

async function run(
  [program = '', ...words]: readonly string[],
  cwd: string,
  env: Readonly<Record<string, string>> = {},
): Promise<void> {
  const child = spawn(program, words, {
    cwd,
    env: { ...ENVIRONMENT, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: LIMIT,
    killSignal: 'SIGKILL',
  });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      said += text;
    });
  }
  const [code, signal] = await new Promise<unknown[]>((resolve, reject) => {
    child.on('error', reject).on('close', (...how) => resolve(how));
  });
  if (code !== 0) throw new Error(`${program} ${words.join(' ')} (${code ?? signal}):\n${said}`);
}
