// Before a server starts: what shows at a glance. After it failed to: the place of what was wrong.
import { existsSync } from 'node:fs';
import { basename, dirname, resolve } from 'node:path';
import { OptionError, SluiceError } from '@sluice/protocol';
import { looksLikeAddress, parseAddress } from '../addresses/address-url.ts';
import type { ConfiguredApplication } from '../config/configuration.ts';
import { loadApplication } from '../loading/application.ts';
import { splitName } from '../loading/import-module.ts';
import type { CommandOptions } from '../options/command-options.ts';
import { placed } from '../options/origin.ts';
import { type Resolved, raise } from '../options/resolve.ts';
import { isProject } from '../projects/django-layout.ts';
import { checkApplication } from './check-application.ts';
import { checkPaths, checkServer } from './check-server.ts';

/** What is served, and how. */
export interface Planned extends Resolved<CommandOptions> {
  readonly application: ConfiguredApplication;
}

/**
 * Looks at files and folders: a daemon is not launched, and workers are not started, for nothing.
 *
 * @throws OptionError with the place of what is wrong
 */
export async function preflight(planned: Planned): Promise<void> {
  const { application, options, origins } = planned;
  checkPaths(planned, raise);
  for (const text of options.listen) {
    try {
      parseAddress(text);
    } catch (error) {
      const { code, message } = error as OptionError;
      throw new OptionError(code, placed(message, origins.get('listen')), error);
    }
  }
  if (!isModule(application.name)) return;
  const { file } = splitName(application.name);
  if (/^manage\.[cm]?js$/.test(basename(file)) && isProject(dirname(resolve(file))))
    throw new OptionError(
      'ERR_APPLICATION_LOAD',
      `${file} is the program of a project, and no application: name its folder, ${dirname(file)}`,
    );
  if (existsSync(file)) return;
  try {
    await loadApplication(application.name); // says what it is that is not there
  } catch (error) {
    throw withPlace(error, application);
  }
}

/**
 * What is wrong with a server that did not start, as `sluice check` tells it.
 *
 * @param error - what ended the start, which knows no places
 * @returns the error to tell instead
 */
export async function explainFailure(error: unknown, planned: Planned): Promise<unknown> {
  if (!(error instanceof SluiceError)) return error;
  const { application } = planned;
  if (error.code === 'ERR_WORKERS_FAILED') {
    const [mistake] = await checkApplication(application.name, planned.options.as);
    if (mistake === undefined) return error;
    const { message, isItsOwn } = mistake;
    const why = isConfigured(application) ? message : placed(message, application.origin);
    return isItsOwn
      ? new SluiceError(error.code, `${error.message}: ${why}`, error)
      : new OptionError('ERR_APPLICATION_LOAD', why, error);
  }
  if (error.name !== 'OptionError') return error;
  // Under single the process is no longer root here: what it may do is not what was asked.
  if (/^ERR_(?:ADAPTER|APPLICATION|PROJECT|CONFIG)_/.test(error.code))
    return withPlace(error, application);
  const mistakes: OptionError[] = [];
  await checkServer(planned, (mistake) => void mistakes.push(mistake), ignore);
  const [first] = mistakes;
  if (!first) return error;
  return new OptionError(first.code, mistakes.map(({ message }) => message).join('\n'), error);
}

function isModule(name: string): boolean {
  return name !== 'demo' && !name.startsWith('config:') && !looksLikeAddress(name);
}

/** Sections of a configuration have told their lines themselves. */
function isConfigured({ name }: ConfiguredApplication): boolean {
  return name.startsWith('config:');
}

function withPlace(error: unknown, application: ConfiguredApplication): unknown {
  if (!(error instanceof OptionError) || isConfigured(application)) return error;
  return new OptionError(error.code, placed(error.message, application.origin), error);
}

function ignore(): void {}
