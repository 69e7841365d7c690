// What the options of `runfcgi` mean, in the options of `sluice serve`.
import { OptionError } from '@sluice/protocol';
import type { Given } from '../../options/read-value.ts';
import type { Layer, Resolved } from '../../options/resolve.ts';
import type { RunfcgiOptions } from './run-fcgi-options.ts';

/** A server as `runfcgi` describes it. */
export interface DescribedServer {
  readonly layer: Layer;
  /** Without an address it is the web server that starts us. */
  readonly startedBy: 'person' | 'web server';
  /** What has no effect, one line each. */
  readonly warnings: readonly string[];
}

const MODELS: Readonly<Record<string, string>> = {
  prefork: 'fork',
  fork: 'fork',
  threaded: 'thread',
  thread: 'thread',
  single: 'single',
};

/**
 * Says the same in other words.
 *
 * @param resolved - Django's options
 * @param ours - what was said of the others
 * @throws OptionError `ERR_OPTION_COMBINATION` for options that do not go together
 */
export function serverLayer(
  { options, origins }: Resolved<RunfcgiOptions>,
  ours: Layer,
): DescribedServer {
  const isGiven = (name: keyof RunfcgiOptions) => origins.get(name)?.from !== 'default';
  const layer = new Map<string, Given>();
  const give = (name: string, value: unknown, word = name) =>
    layer.set(name, { value, origin: { from: 'call', name: word } });
  const listen = listenOf(options, isGiven, ours);
  const hasAddress = listen === undefined || !listen.includes('+fd:');
  const daemonize = options.daemonize ?? hasAddress;
  if (daemonize && !hasAddress)
    throw refuse('daemonize needs an address: a daemon has no descriptor 0 to accept on');
  if (listen !== undefined) give('listen', [listen]);
  give('daemonize', daemonize);
  give('concurrency', MODELS[options.method], 'method');
  const isSingle = options.method === 'single';
  for (const [name, word, value] of sizes(options, isGiven))
    if (!isSingle || isGiven(word)) give(name, value, word);
  give('debug', options.debug);
  for (const name of ['pidfile', 'umask', 'scriptName'] as const)
    if (isGiven(name)) give(name, options[name]);
  if (isGiven('allowedServers')) give('allow', options.allowedServers, 'allowedServers');
  if (daemonize || isGiven('workdir')) give('workdir', options.workdir);
  const warnings: string[] = [];
  for (const name of ['outlog', 'errlog'] as const) {
    if (!isGiven(name)) continue;
    if (daemonize) give(name, options[name]);
    else warnings.push(`${name} has no effect without daemonize: the shell has > and 2>`);
  }
  return { layer, startedBy: hasAddress ? 'person' : 'web server', warnings };
}

/** How many workers. What is not given makes room for what is: `maxchildren=3` alone is no contradiction. */
function sizes(
  options: RunfcgiOptions,
  isGiven: (name: keyof RunfcgiOptions) => boolean,
): readonly (readonly [name: string, word: keyof RunfcgiOptions, value: number])[] {
  const given = (name: 'minspare' | 'maxspare' | 'maxchildren') =>
    isGiven(name) ? options[name] : undefined;
  const most = given('maxchildren') ?? Number.POSITIVE_INFINITY;
  const maxspare =
    given('maxspare') ?? Math.min(Math.max(options.maxspare, given('minspare') ?? 0), most);
  const minspare = given('minspare') ?? Math.min(options.minspare, maxspare);
  const maxchildren = given('maxchildren') ?? Math.max(options.maxchildren, maxspare);
  return [
    ['minSpare', 'minspare', minspare],
    ['maxSpare', 'maxspare', maxspare],
    ['maxChildren', 'maxchildren', maxchildren],
    ['maxRequests', 'maxrequests', options.maxrequests],
  ];
}

/** Where to listen; undefined: `listen` says so. */
function listenOf(
  options: RunfcgiOptions,
  isGiven: (name: keyof RunfcgiOptions) => boolean,
  ours: Layer,
): string | undefined {
  const { host, port, socket } = options;
  if (ours.has('listen')) {
    const other = (['protocol', 'host', 'port', 'socket', 'multiplexed'] as const).find(isGiven);
    if (other === undefined) return undefined;
    throw refuse(`listen says where and how to listen; leave ${other} out`);
  }
  const scheme = options.protocol === 'fcgi' ? 'fastcgi' : options.protocol;
  if (isGiven('multiplexed') && scheme !== 'fastcgi')
    throw refuse(`multiplexed is for protocol=fcgi, and not for ${options.protocol}`);
  const query = isGiven('multiplexed') ? `?multiplexed=${options.multiplexed ? 'yes' : 'no'}` : '';
  if (socket !== undefined && (host !== undefined || port !== undefined))
    throw refuse('give either host and port, or socket');
  if (socket !== undefined) return `${scheme}+unix:${socket}${query}`;
  if (host === undefined && port === undefined) return `${scheme}+fd:0${query}`;
  if (host === '') throw refuse('host is empty: name an address, 0.0.0.0 for all of this machine');
  if (host === undefined) throw refuse(`port needs a host: host=127.0.0.1 port=${port}`);
  if (port === undefined) throw refuse(`host needs a port: host=${host} port=3033`);
  return `${scheme}://${host.includes(':') ? `[${host}]` : host}:${port}${query}`;
}

function refuse(why: string): OptionError {
  return new OptionError('ERR_OPTION_COMBINATION', why);
}
