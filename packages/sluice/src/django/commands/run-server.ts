// `manage.js runserver [addr:port]`: the project over HTTP, for development.
import { OptionError } from '@sluice/protocol';
import { serveSources } from '../../commands/serve.ts';
import { CommandOptions } from '../../options/command-options.ts';
import type { Given } from '../../options/read-value.ts';
import { environmentLayer, type Layer } from '../../options/resolve.ts';
import { suggest } from '../../suggest.ts';
import type { LoadedSettings } from '../load-settings.ts';

/** The help text of the command. */
export const RUNSERVER_HELP = `Usage: manage.js runserver [addr:port] [--noreload] [--settings MODULE]

Serves this project over HTTP while you work on it: at 127.0.0.1:8000, or where you say (8080, 0.0.0.0:8000,
[::1]:8000). When one of its files changes, the next request is answered by the new one; --noreload leaves that out.
With DEBUG a browser on this machine is shown the stack of an error.
`;

/** Runs the command. */
export async function runServer(
  words: readonly string[],
  { root, module, values }: LoadedSettings,
): Promise<void> {
  const { host, port, reload } = readRunserver(words);
  const { DEBUG, ALLOWED_HOSTS } = values;
  if (!DEBUG && ALLOWED_HOSTS.length === 0) {
    throw new OptionError(
      'ERR_OPTION_COMBINATION',
      `${module} has neither DEBUG nor ALLOWED_HOSTS, so that every request would be answered with 400: set one of them`,
    );
  }
  const isLocal = /^(?:127\.[\d.]+|localhost|\[::1\])$/.test(host);
  if (DEBUG && !isLocal)
    process.stderr.write(`warn: others can reach ${host}: stacks are not shown to browsers\n`);
  await serveSources({
    application: root,
    layers: [
      layerOf({ listen: [`http://${host}:${port}`], reload, debug: DEBUG && isLocal }),
      environmentLayer(CommandOptions, process.env),
      layerOf({ accessLog: '-' }),
    ],
    configuration: undefined,
    wanted: undefined,
    origin: undefined,
  });
}

function layerOf(values: Readonly<Record<string, unknown>>): Layer {
  const origin = { from: 'call', name: 'runserver' } as const;
  return new Map<string, Given>(
    Object.entries(values).map(([name, value]) => [name, { value, origin }]),
  );
}

/** Where to serve, and how. */
export interface RunserverWords {
  readonly host: string;
  readonly port: string;
  readonly reload: boolean;
}

/**
 * Reads the words of the command.
 *
 * @throws OptionError `ERR_OPTION_UNKNOWN`, `ERR_OPTION_VALUE`
 */
export function readRunserver(words: readonly string[]): RunserverWords {
  const flags = words.filter((word) => word.startsWith('-'));
  const wrong = flags.find((flag) => flag !== '--noreload');
  if (wrong !== undefined)
    throw new OptionError(
      'ERR_OPTION_UNKNOWN',
      `there is no option ${wrong}${suggest(wrong, ['--noreload', '--settings'])}`,
    );
  const [place = '127.0.0.1:8000', more] = words.filter((word) => !word.startsWith('-'));
  if (more !== undefined)
    throw new OptionError('ERR_OPTION_VALUE', `one address is enough, and ${more} is too many`);
  const [, host = '127.0.0.1', port] =
    /^(?:(\[[\da-f:.]+\]|[\w.-]+):)?(\d{1,5})$/i.exec(place) ?? [];
  if (port === undefined || Number(port) > 65535) {
    throw new OptionError(
      'ERR_OPTION_VALUE',
      `${place} is no address: it is a port (8000), or address and port (127.0.0.1:8000, [::1]:8000)`,
    );
  }
  return { host: host === '0' ? '0.0.0.0' : host, port, reload: flags.length === 0 };
}
