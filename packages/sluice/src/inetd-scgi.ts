// `import { runApp } from 'sluice/inetd-scgi'`: inetd_scgi.run_app. Loads what one SCGI request needs, and no more.
import { guardStdout, type TextTarget } from '@sluice/front-ends';
import { scgi } from '@sluice/front-ends/scgi';
import type { Application, ApplicationClass } from '@sluice/gateway';
import { serveConnection } from './started/serve-connection.ts';

guardStdout(); // before the application prints anything, if only while it is imported

/**
 * Answers the one SCGI request on the standard streams, as inetd (`nowait`) starts programs, and ends the
 * process.
 *
 * @example
 * ```ts
 * #!/usr/bin/env node
 * import { runApp } from 'sluice/inetd-scgi';
 *
 * await runApp((environ, startResponse) => {
 *   startResponse('200 OK', [['Content-Type', 'text/plain']]);
 *   return ['Hello world!\n'];
 * });
 * ```
 *
 * @param application - what answers
 * @param stderr - takes what is written to the standard error stream: a file, at its end, or an object. By
 * default that stays where it is; where inetd makes it the connection too, it is dropped
 */
export async function runApp(
  application: Application | ApplicationClass,
  stderr?: string | TextTarget,
): Promise<void> {
  await serveConnection(scgi, application, { stderr });
}
