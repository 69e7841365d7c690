// `sluice config`: the options of a server as they are resolved, and where each of them came from.
import { shownName } from '../addresses/address-url.ts';
import { chooseServer } from '../config/configuration.ts';
import { CommandOptions } from '../options/command-options.ts';
import { ConfigOptions } from '../options/config-options.ts';
import { hideSecrets } from '../options/hide-secrets.ts';
import { type Option, optionsOf } from '../options/option.ts';
import { DEFAULT, describeOrigin } from '../options/origin.ts';
import { resolveLayers } from '../options/resolve.ts';
import { openSources, readSettings, type Settings } from './settings.ts';
import { optionLines, readWords } from './words.ts';

/** An option as it is shown. */
interface Row {
  readonly name: string;
  readonly value: unknown;
  readonly origin: string;
}

/** Runs the command. */
export async function configCommand(words: readonly string[]): Promise<void> {
  const said = readWords(words, ConfigOptions);
  if (said.help) {
    process.stdout.write(usage());
    return;
  }
  const sources = await openSources(said, process.env);
  const { configuration, wanted, origin } = sources;
  const server = configuration && chooseServer(configuration, wanted, origin);
  const settings = await readSettings(sources, server);
  const { format } = resolveLayers(ConfigOptions, sources.layers).options;
  process.stdout.write(format === 'json' ? asJson(settings) : asText(settings));
}

function rowsOf({ options, origins }: Settings): readonly Row[] {
  const shown = optionsOf(CommandOptions).filter(
    ({ only }) => only === undefined || only === 'code',
  );
  return shown.map((option) => ({
    name: option.name,
    value: shownValue(option, (options as unknown as Record<string, unknown>)[option.name]),
    origin: describeOrigin(origins.get(option.name) ?? DEFAULT),
  }));
}

/** A value without secrets, as people write it. */
function shownValue({ octal }: Option, value: unknown): unknown {
  if (octal && typeof value === 'number') return `0o${value.toString(8)}`;
  if (typeof value === 'function') return '(function)';
  return hideSecrets(value);
}

function applicationOf({ application }: Settings) {
  return (
    application && { name: shownName(application.name), origin: describeOrigin(application.origin) }
  );
}

function asJson(settings: Settings): string {
  const { file = null, server = null } = settings;
  const options = Object.fromEntries(
    rowsOf(settings).map(({ name, value, origin }) => [name, { value, origin }]),
  );
  const application = applicationOf(settings) ?? null;
  return `${JSON.stringify({ file, server, application, options }, null, 2)}\n`;
}

function asText(settings: Settings): string {
  const { file, server } = settings;
  const application = applicationOf(settings);
  const head = [
    `configuration: ${file ?? 'none'}`,
    ...(server === undefined ? [] : [`server: ${server}`]),
    `application: ${application ? `${application.name} (${application.origin})` : 'none'}`,
  ];
  const rows = rowsOf(settings).map(
    ({ name, value, origin }) => [name, textOf(value), origin] as const,
  );
  const widths = [0, 1].map((column) =>
    Math.max(...rows.map((row) => Math.min(40, row[column as 0 | 1].length))),
  );
  const lines = rows.map(
    ([name, value, origin]) =>
      `${name.padEnd(widths[0] as number)}  ${value.padEnd(widths[1] as number)}  ${origin}`,
  );
  return `${[...head, '', ...lines].join('\n')}\n`;
}

function textOf(value: unknown): string {
  if (value === undefined) return 'not set';
  if (value === null) return 'none';
  if (value === '') return "''";
  if (Array.isArray(value)) return value.length > 0 ? value.join(' ') : 'nothing';
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

function usage(): string {
  return `Usage: sluice config [APP] [--config FILE] [--server NAME] [option …]

Shows the options that sluice serve would go by with the same words, and where each of them came from: a flag,
an environment variable, a line of the configuration file, or the default. Secrets are not shown.

${optionLines(ConfigOptions)}
`;
}
