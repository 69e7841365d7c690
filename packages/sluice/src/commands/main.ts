// Everything but `sluice cgi`: sub-commands, help, and how a person's mistake is told.
import { SluiceError } from '@sluice/protocol';
import { suggest } from '../suggest.ts';
import { EXIT, statusOf } from './exit-status.ts';

const COMMANDS = {
  serve: async () => (await import('./serve.ts')).serveCommand,
  config: async () => (await import('./config.ts')).configCommand,
  check: async () => (await import('./check.ts')).checkCommand,
  cgi: async () => (await import('./cgi.ts')).cgiCommand,
  fastcgi: async () => (await import('./fastcgi.ts')).fastcgiCommand,
  request: async () => (await import('./request.ts')).requestCommand,
  ctl: async () => (await import('./ctl.ts')).ctlCommand,
  startproject: async () => (await import('./startproject.ts')).startprojectCommand,
} as const;

const USAGE = `Usage: sluice COMMAND …

  sluice serve [APP] --listen URL …  serve an application: over HTTP and the protocols of web servers
  sluice config [APP]                show its options, and where each of them comes from
  sluice check [APP]                 say what is wrong with it, and start nothing
  sluice cgi APP                     answer one CGI request: for web servers that start programs
  sluice fastcgi APP                 the same for web servers that start FastCGI programs
  sluice request URL [PATH]          ask a server by its own protocol, and say what is wrong
  sluice ctl VERB                    steer a running server: status, top, reload, stop, scale, reopen
  sluice startproject NAME           write a Django-style project that runs

APP is a module (app.js, app.js:name), the folder of a project (./mysite), the address of another server
(scgi://127.0.0.1:4000, cgi:/srv/cgi-bin/), or demo; serve, config and check take it from the configuration file
where it is left out.

  sluice serve --help                says more
`;

/** Runs a sub-command. */
export async function main(command: string | undefined, words: readonly string[]): Promise<void> {
  if (command === undefined || command === 'help' || command === '--help' || command === '-h') {
    process.stdout.write(USAGE);
    process.exitCode = command === undefined ? EXIT.usage : 0;
    return;
  }
  if (!Object.hasOwn(COMMANDS, command)) {
    process.stderr.write(
      `sluice: there is no command ${command}${suggest(command, Object.keys(COMMANDS))}\n\n${USAGE}`,
    );
    process.exitCode = EXIT.usage;
    return;
  }
  try {
    await (await COMMANDS[command as keyof typeof COMMANDS]())(words);
  } catch (error) {
    if (!(error instanceof SluiceError)) throw error;
    process.stderr.write(`sluice ${command}: ${error.message}\n`);
    process.exitCode = statusOf(error);
  }
}
