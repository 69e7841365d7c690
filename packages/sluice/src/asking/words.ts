// The words of `sluice request`: one table gives parsing, help and documentation.
import { parseArgs } from 'node:util';
import { OptionError } from '@sluice/protocol';
import { suggest } from '../suggest.ts';

/** An option as declared. */
interface Flag {
  readonly short?: string;
  /** What stands for its value in the help text; a switch has none. */
  readonly placeholder?: string;
  readonly isList?: true;
  readonly help: string;
}

/** The options of `sluice request` by their long names. */
const FLAGS = {
  method: {
    short: 'X',
    placeholder: 'METHOD',
    help: 'the method: GET by default, POST with --data',
  },
  header: {
    short: 'H',
    placeholder: "'NAME: VALUE'",
    isList: true,
    help: 'a header of the client, as often as you like; without a value: leave a default one out',
  },
  variable: {
    placeholder: 'NAME=VALUE',
    isList: true,
    help: 'a CGI variable, as often as you like: SCRIPT_FILENAME=/srv/www/a.php, REMOTE_USER=bob, HTTPS=on; NAME= is empty',
  },
  data: {
    short: 'd',
    placeholder: 'TEXT',
    help: 'the body; @FILE: the bytes of a file; - or @-: the standard input, as it comes',
  },
  'script-name': {
    placeholder: 'PATH',
    help: 'where the application is mounted: the beginning of the path becomes SCRIPT_NAME',
  },
  include: { short: 'i', help: 'write the head of the answer before its body' },
  verbose: {
    short: 'v',
    help: 'tell on standard error what passes: > sent, < received, * times; secrets are left out',
  },
  ping: { help: 'ask only whether the server is there: CPing, GET_VALUES, uwsgi ping' },
  'max-time': { placeholder: 'SECONDS', help: 'give up after so long, for all of it' },
  output: {
    short: 'o',
    placeholder: 'FILE',
    help: 'write the answer to a file, not to standard output',
  },
} as const satisfies Readonly<Record<string, Flag>>;

type FlagName = keyof typeof FLAGS;

/** What was asked for. */
export interface RequestWords {
  /** Of the server, as written. */
  readonly address: string;
  /** With its query, as written; begins with `/`. */
  readonly path: string | undefined;
  readonly method: string | undefined;
  readonly headers: readonly string[];
  readonly variables: readonly string[];
  readonly data: string | undefined;
  readonly scriptName: string | undefined;
  readonly include: boolean;
  readonly verbose: boolean;
  readonly ping: boolean;
  /** In milliseconds. */
  readonly maxTime: number | undefined;
  readonly output: string | undefined;
}

/**
 * Takes the words apart.
 *
 * @returns undefined when they ask for help
 * @throws OptionError `ERR_OPTION_UNKNOWN` or `ERR_OPTION_VALUE`
 */
export function readRequestWords(words: readonly string[]): RequestWords | undefined {
  const { values, positionals } = parse(words);
  if (values.get('help')) return undefined;
  const text = (flag: FlagName) => values.get(flag)?.at(-1);
  const [address, path, ...more] = positionals;
  if (address === undefined)
    throw wrong('the address of the server is missing, like fastcgi://127.0.0.1:9000');
  if (more.length > 0)
    throw wrong(`one address and one path are enough, and ${more[0]} is too many`);
  if ((values.get('data')?.length ?? 0) > 1) throw wrong('one --data is enough');
  checkAddress(address, path);
  if (path !== undefined && !path.startsWith('/'))
    throw wrong(`a path begins with a slash: /${path}, not ${path}`);
  if (values.has('ping')) checkPing(values, path);
  return {
    address,
    path,
    method: text('method'),
    headers: values.get('header') ?? [],
    variables: values.get('variable') ?? [],
    data: text('data'),
    scriptName: text('script-name'),
    include: values.has('include'),
    verbose: values.has('verbose'),
    ping: values.has('ping'),
    maxTime: milliseconds(text('max-time')),
    output: text('output'),
  };
}

/** The options as the help text lists them. */
export function requestOptionLines(): string {
  return Object.entries<Flag>(FLAGS)
    .map(([flag, { short, placeholder, help }]) => {
      const names = `${short ? `-${short}, ` : '    '}--${flag}${placeholder ? ` ${placeholder}` : ''}`;
      return `  ${names.padEnd(30)} ${help}`;
    })
    .join('\n');
}

function parse(words: readonly string[]) {
  const flags: Readonly<Record<string, Flag>> = { ...FLAGS, help: { short: 'h', help: '' } };
  const { positionals, tokens } = parseArgs({
    args: [...words],
    options: Object.fromEntries(
      Object.entries(flags).map(([flag, { short, placeholder }]) => [
        flag,
        { type: placeholder ? 'string' : 'boolean', ...(short && { short }) } as const,
      ]),
    ),
    allowPositionals: true,
    strict: false,
    tokens: true,
  });
  const values = new Map<string, string[]>();
  for (const token of tokens) {
    if (token.kind !== 'option') continue;
    const { name, rawName, value } = token;
    const flag = Object.hasOwn(flags, name) ? flags[name] : undefined;
    if (!flag)
      throw new OptionError(
        'ERR_OPTION_UNKNOWN',
        `there is no option ${rawName}${suggest(name, Object.keys(FLAGS))}`,
      );
    if (flag.placeholder === undefined && value !== undefined)
      throw wrong(`${rawName} takes no value`);
    if (flag.placeholder !== undefined && value === undefined)
      throw wrong(`${rawName} needs a value: --${name}=${flag.placeholder}`);
    values.set(name, [...(values.get(name) ?? []), value ?? '']);
  }
  return { values, positionals };
}

/** Whoever is used to curl writes address and path as one. */
function checkAddress(address: string, path: string | undefined): void {
  const [, server, target] = /^([a-z0-9]+:\/\/[^/?]+)(\/[^/?].*)$/is.exec(address) ?? [];
  if (server === undefined || target === undefined || path !== undefined) return;
  const shown = target.replace(/[?].*/s, '?…'); // what follows may be a secret
  throw wrong(`the path is a word of its own: sluice request ${server} '${shown}'`);
}

/** What a ping has no use for. */
const REQUEST_ONLY: readonly FlagName[] = [
  'method',
  'header',
  'variable',
  'data',
  'script-name',
  'include',
  'output',
];

function checkPing(values: ReadonlyMap<string, unknown>, path: string | undefined): void {
  if (path !== undefined) throw wrong(`a ping asks for no path: leave ${path} or --ping out`);
  const useless = REQUEST_ONLY.find((flag) => values.has(flag));
  if (useless) throw wrong(`a ping is no request: leave --${useless} or --ping out`);
}

function milliseconds(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const value = /^\d{1,6}(?:\.\d{1,3})?$/.test(text) ? Number(text) * 1000 : 0;
  if (value <= 0) throw wrong(`--max-time is a number of seconds above 0, not ${text}`);
  return value;
}

function wrong(why: string): OptionError {
  return new OptionError('ERR_OPTION_VALUE', why);
}
