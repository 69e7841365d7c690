// A program that a web server starts: by FastCGI where it passes a listening socket, else by CGI.

import type { ApplicationKind } from '@sluice/adapters/kinds';
import { currentWorker } from '@sluice/concurrency';
import { guardConsole, guardStdout } from '@sluice/front-ends';
import type { Application, ApplicationClass } from '@sluice/gateway';
import { OptionError } from '@sluice/protocol';
import type { ForeignApplication } from '../loading/foreign-application.ts';
import type { ServeOptions } from '../options/serve-options.ts';
import { surviveErrors } from '../serving/run-worker.ts';
import { serve } from '../serving/serve.ts';
import type { Server } from '../serving/server.ts';
import { type Ending, untilSignal } from '../serving/until-signal.ts';
import { startedOn } from './started-on.ts';

/**
 * Answers the web server that started this process, as it wants to be answered: FastCGI when descriptor
 * 0 is its listening socket, until TERM, INT or HUP; one CGI request when it is not, or when the
 * environment variable `FCGI_FORCE_CGI` begins with Y.
 *
 * @example
 * ```ts
 * #!/usr/bin/env node
 * import { runFastcgi } from 'sluice';
 *
 * await runFastcgi((environ, startResponse) => {
 *   startResponse('200 OK', [['Content-Type', 'text/plain']]);
 *   return ['Hello\n'];
 * });
 * ```
 *
 * @param application - a function, a class, or a name: `app.js`, `app.js:name`, the address of a back-end
 * @param given - see {@link ServeOptions}; its `listen` is what the web server passes
 * @throws OptionError `ERR_FASTCGI_START` when no web server started this process
 */
export async function runFastcgi(
  application: Application | ApplicationClass | string,
  given?: Partial<Omit<ServeOptions, 'listen'>>,
): Promise<void>;
/**
 * The same for an application of another kind: of Express, Koa, Fastify, Hono and others.
 *
 * @param application - as it is; the option `as` says what it is where that would be guessed wrong
 * @param given - see {@link ServeOptions}; its `listen` is what the web server passes
 * @throws OptionError `ERR_FASTCGI_START` when no web server started this process
 */
export async function runFastcgi(
  application: ForeignApplication,
  given?: Partial<Omit<ServeOptions, 'listen'>>,
): Promise<void>;
export async function runFastcgi(
  application: unknown,
  given: Partial<Omit<ServeOptions, 'listen'>> = {},
): Promise<void> {
  if ((await runStarted(application, given)) !== 'answered') process.exit();
}

/**
 * Answers the web server that started this process, until a signal ends that.
 *
 * @param query - the options of the listener, with their question mark
 * @returns how it ended; `answered`: there was one CGI request
 * @throws OptionError `ERR_FASTCGI_START` when no web server started this process
 */
export async function runStarted(
  application: unknown,
  given: Partial<Omit<ServeOptions, 'listen'>>,
  query = '',
): Promise<Ending | 'answered'> {
  // Nobody reads the standard output of a FastCGI program, and that of a CGI program is its answer.
  guardStdout();
  guardConsole();
  switch (currentWorker() ? 'listener' : startedOn(process.env)) {
    case 'listener':
      return await untilSignal(
        async (signal) => {
          const listen = [`fastcgi+fd:0${query}`];
          const server = await serve(application as Application, { ...given, listen, signal });
          if ((given.concurrency ?? 'single') === 'single') endAtFailure(server);
          return server;
        },
        { onHangup: 'stop' },
      );
    case 'request':
      await answerOne(application, given.as);
      return 'answered';
    case 'connection':
      throw new OptionError(
        'ERR_FASTCGI_START',
        'descriptor 0 is a connection, not a listening socket: for inetd (nowait) use sluice serve APP --listen fastcgi+stdio:',
      );
    case 'nothing':
      throw new OptionError(
        'ERR_FASTCGI_START',
        'no web server started this process: there is no listening socket on descriptor 0 and no request in the environment. By hand: sluice serve APP --listen fastcgi://127.0.0.1:9000, or REQUEST_METHOD=GET sluice cgi APP; in a script: give bindAddress',
      );
  }
}

async function answerOne(application: unknown, as: ApplicationKind | undefined): Promise<void> {
  const { answerRequest } = await import('./cgi-program.ts');
  await answerRequest(application, 'sluice fastcgi', as);
}

/** The web server starts another process for one that ends. */
function endAtFailure(server: Server): void {
  surviveErrors(server.log, () => {
    process.exitCode = 1;
    void server.close();
  });
}
