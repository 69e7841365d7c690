// What `sluice serve`, `config` and `check` go by: flags, the environment, the configuration file, defaults.
import { OptionError } from '@sluice/protocol';
import {
  type Configuration,
  type ConfiguredApplication,
  chooseServer,
} from '../config/configuration.ts';
import { findConfiguration, openConfiguration } from '../config/find-configuration.ts';
import { isProjectFolder } from '../loading/application.ts';
import { CommandOptions } from '../options/command-options.ts';
import { misspeltVariables } from '../options/misspelt-variables.ts';
import type { OptionClass } from '../options/option.ts';
import { type Origin, placed } from '../options/origin.ts';
import {
  environmentLayer,
  type Layer,
  type Report,
  type Resolved,
  raise,
  resolveLayers,
} from '../options/resolve.ts';
import { warnOnce } from '../options/warn-once.ts';
import { workerMistakes } from '../serving/worker-limits.ts';
import type { Words } from './words.ts';

/** Everything that is known of a server before it is started. */
export interface Settings extends Resolved<CommandOptions> {
  /** Undefined: nobody has named one. */
  readonly application: ConfiguredApplication | undefined;
  /** Absolute; undefined: there is no configuration file. */
  readonly file: string | undefined;
  /** Name of the server in it. */
  readonly server: string | undefined;
}

/** Where settings come from, but for the server that is chosen. */
export interface Sources {
  readonly application: string | undefined;
  /** Flags, then the environment. */
  readonly layers: readonly Layer[];
  readonly configuration: Configuration | undefined;
  /** The server that is asked for; undefined: whichever is usual. */
  readonly wanted: string | undefined;
  /** Where it is asked for. */
  readonly origin: Origin | undefined;
}

/**
 * Opens the sources of settings.
 *
 * @throws OptionError when the configuration file cannot be found or read
 */
export async function openSources(
  { application, layer }: Words,
  env: NodeJS.ProcessEnv,
  optionClass: OptionClass<CommandOptions> = CommandOptions,
): Promise<Sources> {
  for (const line of misspeltVariables(optionClass, env)) warnOnce(line);
  const layers = [layer, environmentLayer(optionClass, env)];
  const { options, origins } = resolveLayers(optionClass, layers.map(onlyWhere));
  const path = findConfiguration(options.config, origins.get('config'));
  return {
    application,
    layers,
    configuration:
      path === undefined ? await configurationOf(application) : await openConfiguration(path),
    wanted: options.server,
    origin: origins.get('server'),
  };
}

/** What the project that is served says of its servers, where no configuration file does. */
async function configurationOf(
  application: string | undefined,
): Promise<Configuration | undefined> {
  if (application === undefined || !isProjectFolder(application)) return undefined;
  const { projectServers } = await import('../projects/project-configuration.ts');
  const { configuration, warnings } = await projectServers(application);
  for (const line of warnings) warnOnce(line);
  return configuration;
}

/** Which configuration, of which server: what has to be known first. */
function onlyWhere(layer: Layer): Layer {
  return new Map([...layer].filter(([name]) => name === 'config' || name === 'server'));
}

/**
 * The settings of a server.
 *
 * @param sources - see {@link openSources}
 * @param server - its name in the configuration; the one that is asked for by default
 * @param report - takes mistakes; by default the first one ends it
 */
export async function readSettings(
  { application: named, layers, configuration, wanted, origin }: Sources,
  server = configuration && chooseServer(configuration, wanted, origin),
  report: Report = raise,
): Promise<Settings> {
  if (!configuration && wanted !== undefined) {
    const why = `there is no configuration file that has a server ${wanted}: name one by --config`;
    report(new OptionError('ERR_OPTION_VALUE', placed(why, origin)));
  }
  const configured = await configuration?.server(server, report);
  const all = [...layers, ...(configured?.layers ?? [])];
  const resolved = forDevelopment(resolveLayers(CommandOptions, all, report));
  checkCombinations(resolved, report);
  return {
    ...resolved,
    application:
      named === undefined
        ? configured?.application
        : { name: named, origin: { from: 'call', name: 'APP' } },
    file: configuration?.file,
    server,
  };
}

/** Replacing workers needs workers. */
function forDevelopment({ options, origins }: Resolved<CommandOptions>): Resolved<CommandOptions> {
  if (!options.reload || options.concurrency !== 'single') return { options, origins };
  const because = { from: 'option', name: 'reload' } as const;
  const isCounted = origins.get('workers')?.from !== 'default';
  return {
    options: { ...options, concurrency: 'fork', workers: isCounted ? options.workers : 1 },
    origins: new Map([
      ...origins,
      ['concurrency', because],
      ...(isCounted ? [] : [['workers', because] as const]),
    ]),
  };
}

/** Options that do not go together are told with the place of one of them. */
function checkCombinations({ options, origins }: Resolved<CommandOptions>, report: Report): void {
  for (const { names, why } of combinationMistakes(options)) {
    const places = names.map((name) => origins.get(name));
    const origin = places.find((each) => each !== undefined && each.from !== 'default');
    report(new OptionError('ERR_OPTION_COMBINATION', placed(why, origin)));
  }
}

function* combinationMistakes(options: CommandOptions) {
  yield* workerMistakes(options);
  const { daemonize, outlog, errlog } = options;
  if (!daemonize && (outlog !== undefined || errlog !== undefined)) {
    yield {
      names: ['outlog', 'errlog'],
      why: 'options outlog and errlog need daemonize; in the foreground the shell has > and 2>, and the error log is errorLog',
    };
  }
}
