// What was given or exported as an application, made into one. Adapters are loaded only for what needs them.
import {
  type ApplicationKind,
  describeExport,
  kindOf,
  markOf,
  SHAPES,
  unknownExport,
} from '@sluice/adapters/kinds';
import type { Application, ApplicationClass } from '@sluice/gateway';
import { OptionError } from '@sluice/protocol';

export { SHAPES };

/** An application, and what it was made of. */
export interface LoadedApplication {
  readonly application: Application | ApplicationClass;
  /** What that is: `a Node handler (Express)`; undefined for what is no module, and no function. */
  readonly about: string | undefined;
}

/**
 * Makes an application of what a module exports.
 *
 * @param exported - an application, a Fetch or Node handler, a server
 * @param name - of the export, for messages: `app.js: default`
 * @param as - what it is, where that would be guessed wrong
 * @throws OptionError `ERR_ADAPTER_UNKNOWN` when it is none of those, `ERR_ADAPTER_HANDLER` when it is not what `as` says
 */
export async function adaptExport(
  exported: unknown,
  name: string,
  as?: ApplicationKind,
): Promise<LoadedApplication> {
  const kind = as ?? kindOf(exported);
  if (kind === undefined) throw unknownExport(exported, name);
  const about = describeExport(kind, exported);
  // Everything that is an application already, and most are, is called as it is.
  if (markOf(exported) === kind || (kind === 'wsgi' && typeof exported === 'function'))
    return { application: exported as Application, about };
  const adapters = await import('@sluice/adapters');
  try {
    return { application: adapters.as(kind, exported), about };
  } catch (error) {
    if (!(error instanceof OptionError)) throw error;
    throw new OptionError(error.code, `${name}: ${error.message}`, error);
  }
}

/**
 * Makes an application of what a program gives as one: a function that tells nothing is meant as it is.
 *
 * @param given - as {@link adaptExport} takes it
 * @param name - of what is given, for messages
 * @param as - what it is, where that would be guessed wrong
 * @throws OptionError as {@link adaptExport}
 */
export async function adaptGiven(
  given: unknown,
  name: string,
  as?: ApplicationKind,
): Promise<LoadedApplication> {
  const isFunction = typeof given === 'function' && kindOf(given) === undefined;
  return await adaptExport(given, name, as ?? (isFunction ? 'wsgi' : undefined));
}
