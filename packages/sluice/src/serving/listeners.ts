// Listeners: addresses made ready, and front-ends that serve an application on them.
import { once } from 'node:events';
import type { ListenOptions } from 'node:net';
import { type Address, listenFailure } from '@sluice/concurrency';
import {
  AllowList,
  DEFAULT_LIMITS,
  type FrontEndServer,
  LOOPBACK,
  type Site,
} from '@sluice/front-ends';
import type { Gateway } from '@sluice/gateway';
import { OptionError } from '@sluice/protocol';
import { type AddressUrl, parseAddress, settingsOf } from '../addresses/address-url.ts';
import { listenAddress, SOCKET_OPTIONS } from '../addresses/listen-address.ts';
import type { ServeOptions } from '../options/serve-options.ts';
import { PROTOCOLS, type ProtocolName } from '../registry.ts';

/** A listener, as planned. Survives JSON: workers get it. */
export interface ListenerPlan {
  readonly protocol: ProtocolName;
  readonly address: Address;
  readonly allow: readonly string[] | undefined;
  readonly trust: readonly string[] | undefined;
  /** Peers whose connections begin with a PROXY header; undefined: no connection does. */
  readonly proxyProtocol: readonly string[] | undefined;
  /** Options of the protocol, by name. */
  readonly options: Readonly<Record<string, string>>;
}

/** A listener that is open in this process. */
export type OpenListener = FrontEndServer;

/**
 * Plans a listener.
 *
 * @param warn - takes what an operator should know
 * @throws OptionError `ERR_OPTION_ADDRESS` or `ERR_OPTION_VALUE`
 */
export async function planListener(
  text: string,
  options: ServeOptions,
  warn: (line: string) => void,
): Promise<ListenerPlan> {
  const url = parseAddress(text);
  const frontEnd = await PROTOCOLS[url.protocol].frontEnd();
  if (!frontEnd.createServer)
    throw new OptionError(
      'ERR_OPTION_ADDRESS',
      `${url.text}: nobody can connect by ${url.protocol}; see 'sluice cgi'`,
    );
  const settings = settingsOf(url, frontEnd.options, KEYS);
  const address = await listenAddress(url, frontEnd.defaultPort);
  const given = listOf(url.query.get('allow')) ?? allowedBy(options, frontEnd.peersVariable);
  const wide = address.type === 'tcp' && !LOCAL.has(address.host);
  frontEnd.checkOptions?.(settings, wide);
  // Nobody but this machine reaches a loopback address: asking each peer for its own would cost for nothing.
  const byDefault =
    frontEnd.believesPeers && (wide || address.type === 'fd') ? LOOPBACK : undefined;
  const allow = given.length > 0 ? given : byDefault;
  const trust = listOf(url.query.get('trust')) ?? options.trust;
  for (const list of [allow ?? [], trust]) new AllowList(list); // a list that cannot be read stops the start
  if (wide && frontEnd.believesPeers && given.length === 0) {
    warn(`${url.text}: only peers on this machine are let in; name others with --allow`);
  }
  if (wide && options.debug) {
    throw new OptionError(
      'ERR_OPTION_VALUE',
      `${url.text}: debug shows stacks to whoever connects; listen on 127.0.0.1, or leave --debug out`,
    );
  }
  const trusted = trust.length > 0 ? trust : undefined;
  const proxyProtocol = speaksProxy(url) ? proxiesOf(url, trusted, wide) : undefined;
  return {
    protocol: url.protocol,
    address,
    allow,
    trust: trusted,
    proxyProtocol,
    options: settings,
  };
}

/** Whether connections begin with a PROXY header. */
function speaksProxy({ text, query }: AddressUrl): boolean {
  const said = query.get('proxyProtocol') ?? 'no';
  if (said === 'yes' || said === 'no') return said === 'yes';
  throw new OptionError(
    'ERR_OPTION_VALUE',
    `${text}: proxyProtocol is yes or no, not ${JSON.stringify(said)}`,
  );
}

/** Who may say where a client is: those that are trusted, and where nobody else can connect, this machine. */
function proxiesOf(
  { text }: AddressUrl,
  trust: readonly string[] | undefined,
  wide: boolean,
): readonly string[] {
  if (trust) return trust;
  if (!wide) return LOOPBACK;
  throw new OptionError(
    'ERR_OPTION_VALUE',
    `${text}: with proxyProtocol whoever connects says where a client is; name the proxies that may, as in ${text}?proxyProtocol=yes&trust=192.0.2.7`,
  );
}

/** Who may connect, as the options say, or the web server that starts us. */
function allowedBy(options: ServeOptions, variable: string | undefined): readonly string[] {
  if (options.allow.length > 0 || variable === undefined) return options.allow;
  return listOf(process.env[variable] || null) ?? [];
}

const KEYS = ['allow', 'trust', ...SOCKET_OPTIONS, 'proxyProtocol'];
const LOCAL = new AllowList(LOOPBACK);

function listOf(text: string | null): readonly string[] | undefined {
  // An empty list stays one with an empty entry, which is refused: a template that expanded to nothing must not open the door.
  return text?.trim().split(/[\s,]+/);
}

/** What a listener serves. */
function siteOf(
  gateway: Gateway,
  plan: Pick<ListenerPlan, 'allow' | 'trust' | 'proxyProtocol' | 'options'>,
  options: ServeOptions,
): Site {
  return {
    gateway,
    log: gateway.log,
    limits: { ...DEFAULT_LIMITS, ...options.limits },
    allow: plan.allow && new AllowList(plan.allow),
    trust: plan.trust && new AllowList(plan.trust),
    proxyProtocol: plan.proxyProtocol && new AllowList(plan.proxyProtocol),
    options: plan.options,
  };
}

/** Opens a listener on a bound handle or descriptor; settles when connections are accepted. */
export async function openListener(
  plan: ListenerPlan,
  handle: object,
  gateway: Gateway,
  options: ServeOptions,
): Promise<OpenListener> {
  const frontEnd = await PROTOCOLS[plan.protocol].frontEnd();
  const open = frontEnd.createServer?.(siteOf(gateway, plan, options));
  if (!open) throw new OptionError('ERR_OPTION_ADDRESS', `nobody can connect by ${plan.protocol}`);
  open.server.listen(handle as ListenOptions);
  try {
    await once(open.server, 'listening');
  } catch (error) {
    throw listenFailure(plan.address, error as NodeJS.ErrnoException);
  }
  return open;
}

/** Stops listeners: requests in progress finish within the deadline, then what is left is cut. */
export async function stopListeners(
  listeners: readonly OpenListener[],
  milliseconds: number,
): Promise<void> {
  const cutAll = () => {
    for (const listener of listeners) listener.destroy();
  };
  if (milliseconds === 0) cutAll();
  const cut = setTimeout(cutAll, milliseconds);
  await Promise.all(listeners.map((listener) => listener.stop()));
  clearTimeout(cut);
}
