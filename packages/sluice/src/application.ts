// An application by its name: module.js, module.js:name, the address of another server, or `demo`.
import { existsSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Target } from '@sluice/back-ends';
import type { Application, ApplicationClass } from '@sluice/gateway';
import { OptionError } from '@sluice/protocol';
import { checkQuery, looksLikeAddress, parseAddress } from './address-url.ts';
import { PROTOCOLS } from './registry.ts';

const NAMES = ['default', 'application', 'app'];

/**
 * Loads an application.
 *
 * @param name - `module.js`, `module.js:name`, the address of a back-end, or `demo`
 * @throws OptionError `ERR_APPLICATION_LOAD`, saying what was looked for
 */
export async function loadApplication(name: string): Promise<Application | ApplicationClass> {
  if (name === 'demo') return (await import('@sluice/gateway')).demoApp;
  if (looksLikeAddress(name)) return await loadBackEnd(name);
  const colon = name.lastIndexOf(':');
  const named = colon > 0 && !existsSync(name) ? name.slice(colon + 1) : undefined;
  const file = named === undefined ? name : name.slice(0, colon);
  const path = resolve(file);
  if (!existsSync(path)) {
    throw new OptionError(
      'ERR_APPLICATION_LOAD',
      `there is no file ${path}; an application is named by its module (app.js, app.js:name), or by the address of a server`,
    );
  }
  if (statSync(path).isDirectory()) {
    throw new OptionError(
      'ERR_APPLICATION_LOAD',
      `${file} is a directory; an application is named by its module (app.js, app.js:name)`,
    );
  }
  let module: Record<string, unknown>;
  try {
    module = (await import(pathToFileURL(path).href)) as Record<string, unknown>;
  } catch (error) {
    const where = error instanceof Error ? (error.stack ?? error.message) : String(error);
    throw new OptionError('ERR_APPLICATION_LOAD', `${file} cannot be imported: ${where}`, error);
  }
  const candidates = named === undefined ? NAMES : [named];
  const found = candidates.find((candidate) => typeof module[candidate] === 'function');
  if (found !== undefined) return module[found] as Application;
  const exported = Object.keys(module).join(', ') || 'nothing';
  throw new OptionError(
    'ERR_APPLICATION_LOAD',
    `${file} exports no application: looked for a function named ${candidates.join(', ')}, found ${exported}. An application is (environ, startResponse) => body`,
  );
}

async function loadBackEnd(name: string): Promise<Application> {
  const address = parseAddress(name);
  const { protocol, place, query } = address;
  checkQuery(address, place.type === 'file' ? ['arg'] : []);
  const backEnd = await PROTOCOLS[protocol].backEnd();
  let target: Target;
  switch (place.type) {
    case 'tcp': {
      if (
        place.port === undefined &&
        (await PROTOCOLS[protocol].frontEnd()).defaultPort === undefined
      ) {
        throw new OptionError('ERR_OPTION_ADDRESS', `${name}: the port is missing`);
      }
      const port = place.port ?? ((await PROTOCOLS[protocol].frontEnd()).defaultPort as number);
      target = { type: 'tcp', host: place.host, port };
      break;
    }
    case 'unix':
      target = place;
      break;
    case 'file':
      target = {
        ...place,
        path: place.path.endsWith('/') ? `${resolve(place.path)}/` : resolve(place.path),
        args: query.getAll('arg'),
      };
      break;
    default:
      throw new OptionError(
        'ERR_OPTION_ADDRESS',
        `${name}: a server is reached at host:port or at a Unix socket`,
      );
  }
  return backEnd.open(target);
}
