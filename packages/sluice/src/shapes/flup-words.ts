// What flup's words mean here: options of a WSGIServer as those of serve(), and as an address.
import type { FrontEnd } from '@sluice/front-ends';
import type { LogLevel } from '@sluice/gateway';
import { OptionError } from '@sluice/protocol';
import { type BindAddress, FlupOptions } from '../options/flup-options.ts';
import { findByName, namesOf, optionsOf } from '../options/option.ts';
import { readValue } from '../options/read-value.ts';
import { callLayer } from '../options/resolve.ts';
import { ServeOptions } from '../options/serve-options.ts';
import { hintAt } from '../options/unknown-option.ts';

/** Options of a `WSGIServer`, understood. */
export interface FlupWords {
  readonly options: Partial<Omit<ServeOptions, 'listen'>>;
  readonly bindAddress: BindAddress | undefined;
  /** Options of the protocol, as they stand behind an address, with their question mark; empty: none. */
  readonly query: string;
}

/**
 * Reads the options of a `WSGIServer`.
 *
 * @param frontEnd - of its protocol
 * @param given - as a person gave them
 * @throws OptionError `ERR_OPTION_UNKNOWN`, `ERR_OPTION_VALUE`, `ERR_OPTION_COMBINATION`
 */
export function readFlupWords(
  frontEnd: FrontEnd,
  given: Readonly<Record<string, unknown>>,
): FlupWords {
  const { settings, rest } = takeSettings(frontEnd, given);
  refuseUnknown(frontEnd, rest);
  const own: Partial<FlupOptions> = {};
  const options: Record<string, unknown> = {};
  for (const [name, value] of callLayer(FlupOptions, rest)) {
    const option = findByName(FLUP_ALONE, name);
    if (option) Object.assign(own, { [name]: readValue(option, value) });
    else options[value.origin.from === 'call' ? value.origin.name : name] = value.value; // as it was written
  }
  return {
    options: translate(own, options),
    bindAddress: own.bindAddress,
    query: queryOf(settings),
  };
}

const FOR_SERVE = optionsOf(ServeOptions);
const ALL = optionsOf(FlupOptions);
const FLUP_ALONE = ALL.filter(({ name }) => !findByName(FOR_SERVE, name));

/** Names of the options that stand behind an address of that protocol. */
function settingNames({ options = {} }: FrontEnd): readonly string[] {
  const own = Object.keys(options);
  return own.includes('secret') ? [...own, 'secretFile'] : own;
}

function takeSettings(frontEnd: FrontEnd, given: Readonly<Record<string, unknown>>) {
  const rest: Record<string, unknown> = { ...given };
  const settings = new URLSearchParams();
  for (const name of settingNames(frontEnd)) {
    const value = rest[name];
    delete rest[name];
    if (value !== undefined) settings.set(name, settingText(name, value));
  }
  return { settings, rest };
}

function queryOf(settings: URLSearchParams): string {
  return settings.size > 0 ? `?${settings.toString().replaceAll('+', '%20')}` : '';
}

function settingText(name: string, value: unknown): string {
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  if (typeof value === 'string' || typeof value === 'number') return String(value);
  if (Array.isArray(value) && value.length > 0) return value.join(',');
  const shown = JSON.stringify(value);
  throw wrong(
    `option ${name} cannot be ${shown}: it has to be a text, a number, a boolean or a list`,
  );
}

function refuseUnknown(frontEnd: FrontEnd, given: Readonly<Record<string, unknown>>): void {
  if (given.listen !== undefined) {
    throw new OptionError(
      'ERR_OPTION_COMBINATION',
      "option listen: a WSGIServer listens at its bindAddress; serve(application, { listen: ['scgi://127.0.0.1:4000'] }) takes addresses",
    );
  }
  if (given.allowedServers === null) {
    throw wrong(
      "option allowedServers cannot be null: leave it out for this machine alone, or name everyone: ['0.0.0.0/0', '::/0']",
    );
  }
  const known = ALL.flatMap(namesOf).filter((name) => name !== 'listen');
  const unknown = Object.keys(given).find((name) => !known.includes(name));
  if (unknown !== undefined) {
    const others = hintAt(unknown, ALL, [...settingNames(frontEnd), ...known]);
    throw new OptionError(
      'ERR_OPTION_UNKNOWN',
      `there is no option ${unknown} with ${frontEnd.name}${others}`,
    );
  }
}

/** Puts our words for flup's. */
function translate(
  { multithreaded, loggingLevel, timeout, sockTimeout }: Partial<FlupOptions>,
  options: Partial<ServeOptions>,
): Partial<Omit<ServeOptions, 'listen'>> {
  const limits = sockTimeout ? { ...limitsOf(sockTimeout), ...options.limits } : undefined;
  const translated: Partial<ServeOptions> = {
    ...(multithreaded === false && { maxConcurrent: 1 }),
    ...(loggingLevel !== undefined && { logLevel: levelOf(loggingLevel) }),
    ...(timeout !== undefined && { requestTimeout: timeout }),
  };
  for (const [flups, ours] of SAME) {
    if (ours in translated && ours in options)
      throw wrong(`option ${flups} and option ${ours} are the same: give one of them`);
  }
  return { ...options, ...translated, ...(limits && { limits }) };
}

const SAME = [
  ['multithreaded', 'maxConcurrent'],
  ['loggingLevel', 'logLevel'],
  ['timeout', 'requestTimeout'],
] as const;

/** Every time that a peer may take, as the one that flup has for its sockets. */
function limitsOf(seconds: number) {
  const time = seconds * 1000;
  return { firstByte: time, head: time, body: time, idle: time, writeStall: time };
}

/** Levels by Python's numbers, the gravest first. */
const LEVELS: readonly [level: LogLevel, number: number, words: readonly string[]][] = [
  ['error', 40, ['error', 'critical', 'fatal']],
  ['warn', 30, ['warn', 'warning']],
  ['info', 20, ['info']],
  ['debug', 0, ['debug', 'notset']],
];

function levelOf(given: string | number): LogLevel {
  const found = LEVELS.find(([, number, words]) =>
    typeof given === 'number' ? given >= number : words.includes(String(given).toLowerCase()),
  );
  if (found) return found[0];
  throw wrong(
    `option loggingLevel cannot be ${JSON.stringify(given)}: it has to be one of error, warn, info, debug`,
  );
}

/**
 * The address that a `bindAddress` means.
 *
 * @param protocol - its scheme
 * @param bindAddress - undefined: this machine, at the port of the protocol
 * @throws OptionError `ERR_OPTION_VALUE`
 */
export function addressOf(protocol: string, bindAddress: BindAddress | undefined): string {
  if (bindAddress === undefined) return `${protocol}://127.0.0.1`;
  if (typeof bindAddress === 'string') return `${protocol}+unix:${pathOf(bindAddress)}`;
  const [host, port] = Array.isArray(bindAddress) ? bindAddress : [];
  if (typeof host !== 'string' || !isPort(port)) throw wrongPlace(bindAddress);
  return tcpAddress(protocol, host, port as number);
}

/**
 * The address of host and port.
 *
 * @param protocol - its scheme
 * @param host - `''`: all addresses of this machine, as in Python
 * @throws OptionError `ERR_OPTION_VALUE`
 */
export function addressAt(protocol: string, host: unknown, port: unknown): string {
  if (typeof host !== 'string')
    throw wrong(`option host cannot be ${JSON.stringify(host)}: it has to be a text`);
  if (!isPort(port))
    throw wrong(
      `option port cannot be ${JSON.stringify(port)}: it has to be a number from 0 to 65535`,
    );
  return tcpAddress(protocol, host, port as number);
}

function tcpAddress(protocol: string, host: string, port: number): string {
  if (host === '') return `${protocol}://0.0.0.0:${port}`;
  return `${protocol}://${host.includes(':') ? `[${host}]` : host}:${port}`;
}

function pathOf(path: string): string {
  const [, host, port] = /^(?:[a-z]+:\/\/)?([\w.-]*):(\d+)$/.exec(path) ?? [];
  if (port !== undefined) throw wrongPlace(path, `; did you mean ['${host}', ${port}]?`);
  if (path === '' || path.includes('?') || path.includes('://')) throw wrongPlace(path);
  return path;
}

function isPort(port: unknown): boolean {
  return Number.isInteger(port) && (port as number) >= 0 && (port as number) <= 65_535;
}

function wrongPlace(given: unknown, hint = ''): OptionError {
  return wrong(
    `option bindAddress cannot be ${JSON.stringify(given)}: it has to be [host, port], as in ['127.0.0.1', 4000], or the path of a Unix socket${hint}`,
  );
}

function wrong(message: string): OptionError {
  return new OptionError('ERR_OPTION_VALUE', message);
}
