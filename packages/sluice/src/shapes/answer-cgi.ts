// One CGI request for a FastCGI program: a process is started for it, so this is bundled with all that it takes.

import type { ApplicationKind } from '@sluice/adapters/kinds';
import { guardConsole } from '@sluice/front-ends';
import type { Application, ApplicationClass } from '@sluice/gateway';
import { adaptGiven } from '../loading/loaded-application.ts';
import { leaveSoon } from '../started/leave-soon.ts';
import { runCgi } from '../started/run-cgi.ts';
import type { CgiServerOptions } from './cgi-shapes.ts';

/** Answers the request that the environment describes. What the application prints goes to the error stream. */
export async function answerCgi(
  application: Application | ApplicationClass | string,
  {
    as,
    scriptName,
    environ,
    debug,
    maxBodyBytes,
    log,
  }: CgiServerOptions & { as?: ApplicationKind | undefined },
): Promise<void> {
  guardConsole();
  if (typeof application === 'string') {
    const { answerRequest } = await import('../started/cgi-program.ts');
    await answerRequest(application, 'FastCGI program', as);
    return;
  }
  const opened = await adaptGiven(application, 'the application', as);
  await runCgi(opened.application as Application, {
    ...(scriptName !== undefined && { scriptName }),
    ...{ environ, debug, maxBodyBytes, log },
  });
  leaveSoon();
}
