// Answers the one CGI request that a process was started for. Loads what that needs, and no more.
import { guardStdout, serveCgi } from '@sluice/front-ends/cgi';
import {
  type Application,
  type ApplicationClass,
  Gateway,
  type GatewayOptions,
} from '@sluice/gateway';
import type { ForeignApplication } from '../loading/foreign-application.ts';
import { adaptGiven } from '../loading/loaded-application.ts';

guardStdout(); // before the application prints anything, if only while it is imported

/**
 * Answers the CGI request that this process was started for.
 *
 * @example
 * ```ts
 * #!/usr/bin/env node
 * import { runCgi } from 'sluice/cgi';
 *
 * await runCgi((environ, startResponse) => {
 *   startResponse('200 OK', [['Content-Type', 'text/plain']]);
 *   return ['Hello\n'];
 * });
 * ```
 *
 * The process ends when nothing is left to do: close what the application keeps open.
 *
 * @param application - what answers
 * @param options - of the gateway; paths are left as the web server gives them
 * @throws SluiceError `ERR_CGI_ENVIRONMENT` when no web server started this process
 */
export async function runCgi(
  application: Application | ApplicationClass,
  options?: GatewayOptions,
): Promise<void>;
/**
 * The same for an application of another kind: of Express, Koa, Fastify, Hono and others.
 *
 * @param application - as it is; `as()` of `@sluice/adapters` says what it is where that would be guessed wrong
 * @param options - of the gateway
 * @throws SluiceError `ERR_CGI_ENVIRONMENT` when no web server started this process
 */
export async function runCgi(
  application: ForeignApplication,
  options?: GatewayOptions,
): Promise<void>;
export async function runCgi(application: unknown, options: GatewayOptions = {}): Promise<void> {
  const { application: adapted } = await adaptGiven(application, 'the application');
  const gateway = new Gateway(adapted, {
    scriptName: null,
    ...options,
    multiprocess: true,
    runOnce: true,
  });
  await serveCgi({ gateway }, process.env);
}
