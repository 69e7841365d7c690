// A configuration file, whatever its format: servers by name, each with options and an application.
import { OptionError } from '@sluice/protocol';
import type { Origin } from '../options/origin.ts';
import { placed, placeOf } from '../options/origin.ts';
import type { Layer, Report } from '../options/resolve.ts';
import { suggest } from '../suggest.ts';

/** An application as a configuration names it. */
export interface ConfiguredApplication {
  /** For `loadApplication()`, in any folder. */
  readonly name: string;
  readonly origin: Origin;
}

/** What a configuration says of a server. */
export interface ConfiguredServer {
  /** The strongest first. */
  readonly layers: readonly Layer[];
  /** Undefined: it names none. */
  readonly application: ConfiguredApplication | undefined;
}

/** A configuration file that was read. */
export interface Configuration {
  /** Absolute. */
  readonly file: string;
  /** Names of its servers, in order; none: the file is about one that has no name. */
  readonly servers: readonly string[];
  /**
   * What it says of a server.
   *
   * @param name - one of `servers`; undefined where there are none
   * @param report - takes mistakes
   */
  server(name: string | undefined, report: Report): Promise<ConfiguredServer>;
}

/**
 * Chooses a server: the one that is wanted, else `main`, else the only one.
 *
 * @param configuration - where they are
 * @param wanted - a name that was given
 * @param origin - where it was given
 * @returns undefined where the configuration has no named servers
 * @throws OptionError `ERR_OPTION_VALUE` listing those that there are
 */
export function chooseServer(
  { servers, file }: Configuration,
  wanted: string | undefined,
  origin: Origin | undefined,
): string | undefined {
  if (wanted !== undefined) {
    if (servers.includes(wanted)) return wanted;
    const others = servers.length === 0 ? '; it names none' : suggest(wanted, servers);
    const why = `there is no server ${wanted} in ${placeOf(file)}${others}`;
    throw new OptionError('ERR_OPTION_VALUE', placed(why, origin));
  }
  if (servers.includes('main') || servers.length <= 1)
    return servers.includes('main') ? 'main' : servers[0];
  throw new OptionError(
    'ERR_OPTION_VALUE',
    `${placeOf(file)} has servers ${servers.join(', ')}, and none is called main: choose one by --server`,
  );
}
