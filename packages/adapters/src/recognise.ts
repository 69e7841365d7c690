// Makes an application of an export, whatever its kind.
import { type Application, asApplication } from '@sluice/gateway';
import { OptionError } from '@sluice/protocol';
import { isServer, typeOf } from './export-shapes.ts';
import { fetchHandler } from './fetch-handler.ts';
import { kindOf } from './kind-of.ts';
import { APPLICATION_KINDS, type ApplicationKind, mark, markOf } from './marks.ts';
import { nodeHandler } from './node-handler.ts';
import type { NodeSource } from './node-source.ts';

/** An export, and the application that it is or was made of it. */
export interface Recognised {
  readonly kind: ApplicationKind;
  readonly application: Application;
}

/**
 * Tells what an export is, and makes an application of it.
 *
 * @param exported - what a module exports
 * @returns undefined when it is none of the kinds that are known; {@link unknownExport} says so
 * @throws OptionError `ERR_ADAPTER_HANDLER` for a server without listeners
 */
export function recognise(exported: unknown): Recognised | undefined {
  const kind = kindOf(exported);
  if (kind === 'wsgi') return { kind, application: asApplication(exported as Application) };
  return kind && { kind, application: as(kind, exported) };
}

/**
 * Makes an application of an export whose kind is known, where {@link recognise} would guess another.
 *
 * @param kind - what it is
 * @param exported - what a module exports
 * @returns an application that is recognised by itself
 * @throws OptionError `ERR_ADAPTER_HANDLER` when it cannot be of that kind
 */
export function as(kind: ApplicationKind, exported: unknown): Application {
  if (markOf(exported) === kind) return exported as Application;
  switch (kind) {
    case 'wsgi': {
      if (typeof exported !== 'function') throw notA('a WSGI-style application', exported);
      const application = asApplication(exported as Application);
      // Somebody else's function is not written on.
      return mark((environ, startResponse) => application(environ, startResponse), kind);
    }
    case 'fetch':
      return fetchHandler(exported as Parameters<typeof fetchHandler>[0]);
    case 'node':
      return nodeHandler(exported as NodeSource);
    case 'server':
      if (!isServer(exported)) throw notA('an http.Server or https.Server', exported);
      return nodeHandler(exported);
    default:
      throw new OptionError(
        'ERR_ADAPTER_HANDLER',
        `there is no kind of application ${JSON.stringify(kind)}; there are ${APPLICATION_KINDS.join(', ')}`,
      );
  }
}

function notA(what: string, exported: unknown): OptionError {
  return new OptionError('ERR_ADAPTER_HANDLER', `${typeOf(exported)} is not ${what}`);
}
