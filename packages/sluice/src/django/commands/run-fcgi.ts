// `manage.js runfcgi key=value …`: the project behind a web server, in the words of Django's command.
import { OptionError } from '@sluice/protocol';
import { serveSources } from '../../commands/serve.ts';
import { CommandOptions } from '../../options/command-options.ts';
import { optionsOf } from '../../options/option.ts';
import { environmentLayer, resolveLayers } from '../../options/resolve.ts';
import { startedOn } from '../../started/started-on.ts';
import { openSettings, type ProjectChoice } from '../settings.ts';
import { serverLayer } from './run-fcgi-layer.ts';
import { RunfcgiOptions } from './run-fcgi-options.ts';
import { readPairs } from './run-fcgi-words.ts';

/** What `runfcgi` is told: words such as `port=3033`, or values by name. */
export type RunfcgiWords = readonly string[] | Readonly<Record<string, unknown>>;

/**
 * Serves a project as `manage.js runfcgi` does, until a signal ends this process.
 *
 * @example
 * ```ts
 * #!/usr/bin/env node
 * import { runfastcgi } from 'sluice/django';
 *
 * await runfastcgi({ method: 'threaded', daemonize: 'false' });
 * ```
 *
 * @param given - see {@link RunfcgiOptions}; every option of `sluice serve` has its own name here as well
 * @param choice - which project; that of the script or the working directory by default
 * @throws OptionError for a word that is not known, a value that is none, and options that do not go together
 */
export async function runfastcgi(
  given: RunfcgiWords = {},
  choice: ProjectChoice = {},
): Promise<void> {
  const { own, ours } = readPairs(given);
  const resolved = resolveLayers(RunfcgiOptions, [own]);
  const { root } = await openSettings(choice);
  if (choice.settings !== undefined) process.env.SLUICE_SETTINGS_MODULE = choice.settings;
  const server = serverLayer(resolved, ours);
  if (server.startedBy === 'web server' && !(await isListener(root))) return;
  for (const line of server.warnings) process.stderr.write(`warn: ${line}\n`);
  await serveSources({
    application: root,
    layers: [ours, server.layer, environmentLayer(CommandOptions, process.env)],
    configuration: undefined,
    wanted: undefined,
    origin: undefined,
  });
}

/** Without an address a web server has started us: with a socket to accept on, or with one CGI request. */
async function isListener(root: string): Promise<boolean> {
  switch (startedOn(process.env)) {
    case 'listener':
      return true;
    case 'request': {
      const { answerRequest } = await import('../../started/cgi-program.ts');
      await answerRequest(root, 'runfcgi');
      return false;
    }
    default:
      throw new OptionError(
        'ERR_OPTION_COMBINATION',
        'without an address a web server has to start this, with a socket on descriptor 0: give host and port (host=127.0.0.1 port=3033), or a socket (socket=/run/mysite.sock)',
      );
  }
}

/** The help text of the command. */
export function runfcgiHelp(): string {
  const defaults = new RunfcgiOptions() as unknown as Record<string, unknown>;
  const lines = optionsOf(RunfcgiOptions).map(({ name, placeholder, help, choices }) => {
    const value = defaults[name];
    const isShown = ['string', 'number', 'boolean'].includes(typeof value);
    const rest = `${choices ? `: ${choices.join(', ')}` : ''}${isShown ? ` (default ${value})` : ''}`;
    return `  ${`${name}=${placeholder}`.padEnd(24)} ${help}${rest}`;
  });
  return `Usage: manage.js runfcgi [--settings MODULE] [name=value …]

Serves this project to a web server, by FastCGI or another protocol.

${lines.join('\n')}

Every option of sluice serve may be given as well, by its own name: accessLog=/var/log/mysite.log

  manage.js runfcgi method=threaded                          on descriptor 0, for web servers that start it
  manage.js runfcgi method=prefork host=127.0.0.1 port=3033  on a port, in the background
  manage.js runfcgi protocol=scgi socket=/run/mysite.sock daemonize=false
`;
}
