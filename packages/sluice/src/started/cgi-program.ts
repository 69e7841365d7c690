// An application that is named, as a CGI program.
import type { ApplicationKind } from '@sluice/adapters/kinds';
import { type Application, asApplication } from '@sluice/gateway';
import { openApplication } from '../loading/application.ts';
import { leaveSoon } from './leave-soon.ts';
import { runCgi } from './run-cgi.ts';

/**
 * Answers the request that the environment describes, and ends the process.
 *
 * @param given - an application or its name
 * @param program - who complains
 * @param as - what it is, where that would be guessed wrong
 */
export async function answerRequest(
  given: unknown,
  program: string,
  as?: ApplicationKind,
): Promise<void> {
  let application: Application;
  try {
    application = asApplication((await openApplication(given, { as, once: true })).application);
  } catch (error) {
    // The web server waits for an answer; the reason is for its error log.
    process.stderr.write(`${program}: ${(error as Error).message}\n`);
    process.exitCode = 1;
    application = () => {
      throw new Error(`${typeof given === 'string' ? given : 'the application'} cannot be loaded`);
    };
  }
  await runCgi(application);
  leaveSoon();
}
