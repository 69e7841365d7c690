// An application that is named, as a CGI program.
import { type Application, asApplication } from '@sluice/gateway';
import { loadApplication } from './application.ts';
import { leaveSoon } from './leave-soon.ts';
import { runCgi } from './run-cgi.ts';

/** Answers the request that the environment describes, and ends the process; `program` is who complains. */
export async function answerRequest(name: string, program: string): Promise<void> {
  let application: Application;
  try {
    application = asApplication(await loadApplication(name));
  } catch (error) {
    // The web server waits for an answer; the reason is for its error log.
    process.stderr.write(`${program}: ${(error as Error).message}\n`);
    process.exitCode = 1;
    application = () => {
      throw new Error(`${name} cannot be loaded`);
    };
  }
  await runCgi(application);
  leaveSoon();
}
