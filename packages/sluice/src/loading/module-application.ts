// The application of a module: what it exports, or the server that it starts.
import { readFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { resolve } from 'node:path';
import { type ApplicationKind, describeExport, kindOf, ListenTrap } from '@sluice/adapters/kinds';
import { OptionError } from '@sluice/protocol';
import { importModule, splitName } from './import-module.ts';
import { adaptExport, type LoadedApplication, SHAPES } from './loaded-application.ts';

/** How an application is imported. */
export interface ImportOptions {
  /** What the module exports, where that would be guessed wrong. */
  readonly as?: ApplicationKind | undefined;
  /** Relative names are meant from here; the working directory by default. */
  readonly folder?: string | undefined;
  /** Whether this process answers one request, and has no time for what is unlikely. */
  readonly once?: boolean | undefined;
}

let isOwnProcess = false;

/** Says that this process is there for one application: a server that it starts later is not to listen either. */
export function ownProcess(): void {
  isOwnProcess = true;
}

/** Names by which an application may be exported, in the order in which they are looked at. */
const USUAL = ['default', 'application', 'app', 'handler', 'server', 'fetch'];

const EVALUATION = 1000; // milliseconds more for a module that has started its server
const LATE = 10_000; // milliseconds that a module may take to start one after it is loaded
const LOOK = 10; // milliseconds between two looks for it
const IDLE = 250; // the same for one that waits for nothing

/**
 * The application of a module.
 *
 * @param name - `app.js` or `app.js:name`
 * @param options - see {@link ImportOptions}
 * @throws OptionError `ERR_APPLICATION_LOAD`, saying what was looked for; as {@link adaptExport}
 */
export async function importApplication(
  name: string,
  { as, folder = '.', once = false }: ImportOptions = {},
): Promise<LoadedApplication> {
  const { file, named } = splitName(name, folder);
  const path = resolve(folder, file);
  const trap = once && isPlain(path) ? undefined : new ListenTrap();
  const before = activity().filter((name) => !name.includes('Req')).length; // which are over soon
  try {
    const module = await evaluated(importModule(file, path, 'application'), trap);
    const found = await findExport(module, named, as);
    const isNothing = found?.kind === undefined && !isSilent(found?.value);
    if (trap && named === undefined && isNothing) await comes(trap, before);
    const server = trap?.server;
    if (server && isMeant(server, found, as)) return await started(server, found, file);
    if (!found) throw nothing(file, named, module);
    const kind = found.kind ?? (isSilent(found.value) ? 'wsgi' : undefined);
    return await adaptExport(found.value, `${file}: ${found.name}`, kind);
  } catch (error) {
    trap?.remove();
    throw error;
  } finally {
    if (trap?.server) trap.removeSoon();
    else trap?.remove(isOwnProcess ? LATE : 0);
  }
}

/** Whether an export is a function that tells nothing: it takes nothing, and may throw or return an empty body. */
function isSilent(value: unknown): boolean {
  return typeof value === 'function' && value.length === 0;
}

/** Whether a module is a WSGI-style application by its words, and starts no server. */
function isPlain(path: string): boolean {
  try {
    return /start_?response/i.test(readFileSync(path, 'utf8'));
  } catch {
    return false; // importing it tells why
  }
}

type Exports = Record<string, unknown>;

/** What a module exports when it is loaded; nothing for one that waits for its own end and has started a server. */
async function evaluated(loading: Promise<Exports>, trap: ListenTrap | undefined) {
  if (!trap) return await loading;
  let timer: NodeJS.Timeout | undefined;
  const late = trap.caught.then(
    () =>
      new Promise<Exports>((resolve) => {
        timer = setTimeout(resolve, EVALUATION, {});
      }),
  );
  return await Promise.race([loading, late]).finally(() => clearTimeout(timer));
}

interface FoundExport {
  readonly name: string;
  readonly value: unknown;
  readonly kind: ApplicationKind | undefined;
}

/** The export that is named, else the first one of a usual name that is something, else the first one. */
async function findExport(
  module: Exports,
  named: string | undefined,
  as: ApplicationKind | undefined,
): Promise<FoundExport | undefined> {
  const names = named === undefined ? USUAL : [named];
  const found: FoundExport[] = [];
  for (const exports of [module, inner(module)]) {
    for (const name of names.filter((each) => exports[each] !== undefined)) {
      const exported = exports[name];
      // Not through a function that is async: a router of itty-router has every property, `then` too.
      const value = exported instanceof Promise ? await exported : exported;
      const isFetch = name === 'fetch' && typeof value === 'function';
      const kind = isFetch ? 'fetch' : kindOf(value);
      found.push({ name, value, kind });
    }
  }
  const first = found.find(({ kind }) => kind !== undefined) ?? found[0];
  return first && as ? { ...first, kind: as } : first;
}

/** What a CommonJS module exports that was written as an ES module, or as an object of several things. */
function inner({ default: exported }: Exports): Exports {
  const isObject = typeof exported === 'object' && exported !== null;
  return isObject ? (exported as Exports) : {};
}

/** What keeps the process from ending: sockets and timers, and while a file is read, that too. */
function activity(): readonly string[] {
  return process.getActiveResourcesInfo();
}

/** Waits for a server as long as one may come. */
async function comes(trap: ListenTrap, before: number): Promise<void> {
  const start = performance.now();
  const isLate = () => {
    const waited = performance.now() - start;
    return waited > LATE || (waited > IDLE && activity().length <= before);
  };
  while (!trap.server && !isLate()) await new Promise((resolve) => setTimeout(resolve, LOOK));
}

/** Whether the server is what the module is for, or only stands beside what it exports. */
function isMeant(
  server: object & { listeners(event: string): unknown[] },
  found: FoundExport | undefined,
  as: ApplicationKind | undefined,
): boolean {
  if (as !== undefined) return as === 'server';
  if (found?.kind === undefined) return true;
  const { value } = found;
  return (
    value === server ||
    (value as { server?: unknown }).server === server ||
    server.listeners('request').includes(value)
  );
}

async function started(
  server: object & { address(): AddressInfo | string | null },
  found: FoundExport | undefined,
  file: string,
): Promise<LoadedApplication> {
  const place = server.address();
  const at = typeof place === 'object' ? place?.port && `port ${place.port}` : place;
  const { application } = await adaptExport(server, `${file}: the server that it starts`, 'server');
  const inside =
    found?.kind && found.value !== server ? `${describeExport(found.kind, found.value)} in ` : '';
  const about = `${inside}the http.Server that it starts${at ? `, instead of ${at}` : ''}`;
  return { application, about };
}

function nothing(file: string, named: string | undefined, module: Exports): OptionError {
  const looked = `an export named ${named ?? USUAL.join(', ')}`;
  const exported = Object.keys(module).join(', ') || 'nothing';
  const server = named === undefined ? ', and no server listens' : '';
  return new OptionError(
    'ERR_APPLICATION_LOAD',
    `${file} exports no application: looked for ${looked}, found ${exported}${server}. An application is one of these:\n${SHAPES}`,
  );
}
