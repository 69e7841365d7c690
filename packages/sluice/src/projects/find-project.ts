// Finds the adapter for a folder or module: the one that its package.json names, else the one that is most certain.
import { existsSync, readFileSync, statSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { OptionError } from '@sluice/protocol';
import { splitName } from '../loading/import-module.ts';
import { packagePath } from '../loading/package-path.ts';
import type { Detection, Project, ProjectAdapter, ProjectPlace } from './adapter.ts';
import { djangoAdapter } from './django-adapter.ts';
import { moduleAdapter } from './module-adapter.ts';

/** The adapters that are always asked. */
const ADAPTERS: readonly ProjectAdapter[] = [djangoAdapter, moduleAdapter];

/** A place, and the adapter that serves it. */
export interface FoundProject {
  readonly place: ProjectPlace;
  readonly adapter: ProjectAdapter;
  readonly detection: Detection;
}

/**
 * Finds the adapter for a folder or module.
 *
 * @param name - `./mysite`, `app.js`, `app.js:name`
 * @param adapters - who is asked
 * @throws OptionError `ERR_APPLICATION_LOAD` when nobody can serve it, or several are equally certain; `ERR_PROJECT_ADAPTER` for an adapter that cannot be loaded
 */
export async function findProject(
  name: string,
  adapters: readonly ProjectAdapter[] = ADAPTERS,
): Promise<FoundProject> {
  const { file, named } = splitName(name);
  const place = { path: resolve(file), named };
  if (!existsSync(place.path))
    throw new OptionError('ERR_APPLICATION_LOAD', `there is no file or folder ${place.path}`);
  const own = await ownAdapter(place.path);
  const asked = own ? [own] : adapters;
  const found: FoundProject[] = [];
  for (const adapter of asked) {
    const detection = await adapter.detect(place);
    if (detection) found.push({ place, adapter, detection });
  }
  const certain = found.filter(({ detection }) => detection.sure === 'certain');
  const [best, other] = certain.length > 0 ? certain : found;
  if (best && !other) return best;
  throw best && other ? ambiguous(place, best, other) : unknown(place, asked, own !== undefined);
}

/** Loads the project that a name leads to. @throws OptionError as {@link findProject}, and what its adapter throws */
export async function loadProject(name: string): Promise<Project> {
  const { adapter, place } = await findProject(name);
  return await adapter.load(place);
}

/**
 * What a name leads to, in one line: `mysite: a Django-style project (settings mysite.settings)`.
 *
 * @returns undefined for a module, whose name says it all
 */
export async function describeProject(name: string): Promise<string | undefined> {
  const { adapter, place, detection } = await findProject(name);
  return adapter === moduleAdapter ? undefined : `${basename(place.path)}: ${detection.why}`;
}

function unknown(
  { path }: ProjectPlace,
  asked: readonly ProjectAdapter[],
  isChosen: boolean,
): OptionError {
  const looked = asked.map(({ name, looksFor }) => `\n  ${name}: ${looksFor}`).join('');
  const more = isChosen
    ? '\nIts package.json names this adapter ("sluice": { "adapter": … })'
    : '\nAn npm package can serve other kinds: "sluice": { "adapter": "its-name" } in the package.json of the folder';
  return new OptionError(
    'ERR_APPLICATION_LOAD',
    `${path} is nothing that can be served. Looked for${looked}${more}`,
  );
}

function ambiguous({ path }: ProjectPlace, one: FoundProject, other: FoundProject): OptionError {
  const both = [one, other].map(({ adapter, detection }) => `${adapter.name} (${detection.why})`);
  return new OptionError(
    'ERR_APPLICATION_LOAD',
    `${path} may be served by ${both.join(' and by ')}: choose by "sluice": { "adapter": "${one.adapter.name}" } in its package.json`,
  );
}

/** The adapter that the package.json of a folder names: one of ours, an npm package, or a module of the project. */
async function ownAdapter(path: string): Promise<ProjectAdapter | undefined> {
  if (!statSync(path).isDirectory()) return undefined;
  const file = join(path, 'package.json');
  const name = adapterName(file);
  if (name === undefined) return undefined;
  const ours = ADAPTERS.find((adapter) => adapter.name === name);
  if (ours) return ours;
  const wrong = (why: string, cause?: unknown) =>
    new OptionError('ERR_PROJECT_ADAPTER', `${file}: adapter ${name} ${why}`, cause);
  let module: Record<string, unknown>;
  try {
    const main = name.startsWith('.') ? resolve(path, name) : packagePath(name, path);
    module = (await import(pathToFileURL(main).href)) as Record<string, unknown>;
  } catch (error) {
    throw wrong(`cannot be loaded: ${error instanceof Error ? error.message : error}`, error);
  }
  const adapter = module.default ?? module.adapter;
  if (isAdapter(adapter)) return adapter;
  const exported = Object.keys(module).join(', ') || 'nothing';
  throw wrong(
    `is none: its default export has to be { name, looksFor, detect(place), load(place) }; it exports ${exported}`,
  );
}

function adapterName(file: string): string | undefined {
  if (!existsSync(file)) return undefined;
  let read: { sluice?: { adapter?: unknown } } | null;
  try {
    read = JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    throw new OptionError('ERR_PROJECT_ADAPTER', `${file}: ${(error as Error).message}`, error);
  }
  const name = read?.sluice?.adapter;
  if (name === undefined || (typeof name === 'string' && name !== '')) return name;
  throw new OptionError(
    'ERR_PROJECT_ADAPTER',
    `${file}: "adapter" of "sluice" has to be the name of an npm package, not ${JSON.stringify(name)}`,
  );
}

function isAdapter(value: unknown): value is ProjectAdapter {
  const { name, looksFor, detect, load } = (value ?? {}) as Partial<ProjectAdapter>;
  return (
    typeof name === 'string' &&
    typeof looksFor === 'string' &&
    typeof detect === 'function' &&
    typeof load === 'function'
  );
}
