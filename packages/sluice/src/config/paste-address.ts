// host, port and socket of a server section, and the options of its protocol, as the address that they are.
import { OptionError } from '@sluice/protocol';
import { absoluteAddress } from '../addresses/absolute-address.ts';
import { nameOption, placed } from '../options/origin.ts';
import { booleanOf, type Given } from '../options/read-value.ts';
import type { Report } from '../options/resolve.ts';
import { ServeOptions } from '../options/serve-options.ts';
import { PROTOCOLS, type ProtocolName } from '../registry.ts';
import { planListener } from '../serving/listeners.ts';
import type { Factory } from './factory-names.ts';
import { originOf, type Setting } from './paste-file.ts';

/** Keys that make an address. */
export const ADDRESS_KEYS: readonly string[] = ['host', 'port', 'socket'];

/** Options of every listener that are no options of a server as well. */
const LISTENER_KEYS = ['mode', 'owner', 'proxyProtocol'];
const FOR_SOCKETS = ['mode', 'owner'];

/** Options of listeners that are yes or no, which Paste has more words for. */
const SWITCHES = ['multiplexed', 'proxyProtocol'];

/** A server's factory, and where it is named. */
export interface NamedFactory extends Factory {
  readonly setting: Setting;
}

/** The keys that stand behind an address of that protocol. */
export async function listenerKeys({ protocol }: Factory): Promise<readonly string[]> {
  return [...LISTENER_KEYS, ...(await ownKeys(protocol))];
}

/** The protocols whose addresses have an option of that name. */
export async function protocolsWith(key: string): Promise<readonly string[]> {
  const names = Object.keys(PROTOCOLS) as ProtocolName[];
  const keys = await Promise.all(names.map((protocol) => ownKeys(protocol)));
  return names.filter((_, at) => keys[at]?.includes(key));
}

async function ownKeys(protocol: ProtocolName): Promise<readonly string[]> {
  const { options = {} } = await PROTOCOLS[protocol].frontEnd();
  const own = Object.keys(options);
  return own.includes('secret') ? [...own, 'secretFile'] : own;
}

/**
 * Looks at options of a listener one by one: as parts of an address all of them would have one line.
 *
 * @returns whether nothing is wrong
 */
export async function checkEach(
  { protocol }: Factory,
  settings: ReadonlyMap<string, Setting>,
  report: Report,
): Promise<boolean> {
  let isRight = true;
  for (const setting of settings.values()) {
    // Who may look at a configuration may not be who may read its secrets.
    if (ADDRESS_KEYS.includes(setting.key) || setting.key === 'secretFile') continue;
    const place = FOR_SOCKETS.includes(setting.key) ? '+unix:/s' : '://127.0.0.1:0';
    const query = `${setting.key}=${encodeURIComponent(listenerValue(setting))}`;
    const address = absoluteAddress(`${protocol}${place}?${query}`, setting.file.folder);
    try {
      await planListener(address, new ServeOptions(), () => {});
    } catch (error) {
      if (!(error instanceof OptionError)) throw error;
      isRight = false;
      const why = error.message.replace(`${protocol}${place}: `, '');
      report(new OptionError(error.code, placed(why, originOf(setting)), error));
    }
  }
  return isRight;
}

/**
 * The address of a server.
 *
 * @param factory - what `use` says
 * @param settings - {@link ADDRESS_KEYS} and {@link listenerKeys}, where they are set
 * @param listen - what is said of it otherwise
 * @returns undefined where nothing is said of it
 * @throws OptionError `ERR_OPTION_VALUE`, with file and line
 */
export function listenOf(
  factory: NamedFactory | undefined,
  settings: ReadonlyMap<string, Setting>,
  listen: Given | undefined,
): Given | undefined {
  const [first] = settings.values();
  if (!factory) {
    if (!first) return listen;
    throw wrong(
      first,
      'needs a protocol: use = egg:sluice#scgi, or listen = scgi://127.0.0.1:4000',
    );
  }
  if (listen) {
    const other = nameOption('listen', listen.origin);
    throw wrong(
      factory.setting,
      `and ${other}: both say the protocol; give host and port beside use, or leave use out and say concurrency = ${factory.concurrency}`,
    );
  }
  const place = placeOf(factory, settings);
  const query = [...settings.values()]
    .filter(({ key }) => !ADDRESS_KEYS.includes(key))
    .map((setting) => `${setting.key}=${encodeURIComponent(listenerValue(setting))}`);
  const address = query.length > 0 ? `${place}?${query.join('&')}` : place;
  const { folder } = (first ?? factory.setting).file;
  return { value: [absoluteAddress(address, folder)], origin: originOf(first ?? factory.setting) };
}

function placeOf(
  { protocol, address }: NamedFactory,
  settings: ReadonlyMap<string, Setting>,
): string {
  const [host, port, socket] = ADDRESS_KEYS.map((key) => settings.get(key));
  if (socket) {
    const other = host ?? port;
    if (other)
      throw wrong(other, `and ${nameOption('socket', originOf(socket))}: one of them is enough`);
    if (socket.value === '') throw wrong(socket, 'has to be a path');
    return `${protocol}+unix:${socket.value}`;
  }
  if (!host && !port) return address;
  if (port && (!/^\d{1,5}$/.test(port.value) || Number(port.value) > 65535))
    throw wrong(port, `cannot be ${JSON.stringify(port.value)}: it has to be a number up to 65535`);
  const { value: name = '127.0.0.1' } = host ?? {};
  if (host && !/^[^\s/?#@]+$/.test(name))
    throw wrong(
      host,
      `cannot be ${JSON.stringify(name)}: it has to be a name or an address such as 127.0.0.1`,
    );
  const shown = name.includes(':') && !name.startsWith('[') ? `[${name}]` : name;
  return `${protocol}://${shown}${port ? `:${port.value}` : ''}`;
}

function listenerValue({ key, value }: Setting): string {
  const word = SWITCHES.includes(key) ? booleanOf(value) : undefined;
  if (word === undefined) return value;
  return word ? 'yes' : 'no';
}

function wrong(setting: Setting, why: string): OptionError {
  return new OptionError(
    'ERR_OPTION_VALUE',
    `${nameOption(setting.key, originOf(setting))} ${why}`,
  );
}
