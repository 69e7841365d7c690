// The address of another server: where it is, by which protocol, and with which options.
import { resolve } from 'node:path';
import type { BackEnd, BackEndOptions, Target } from '@sluice/back-ends';
import { OptionError } from '@sluice/protocol';
import { PROTOCOLS } from '../registry.ts';
import { type AddressUrl, parseAddress, settingsOf } from './address-url.ts';

/** Another server, as its address says. */
export interface ServerAddress {
  readonly backEnd: BackEnd;
  readonly target: Target;
  readonly options: Partial<BackEndOptions>;
}

/** Options that every address of a server may have, in the units of the library. */
const NUMBERS = [
  'connectTimeout',
  'readTimeout',
  'killTimeout',
  'keep',
  'keepTimeout',
  'maxSpoolBytes',
] as const;
const SWITCHES = ['sendfile', 'authorization'] as const;

/**
 * Finds a server.
 *
 * @param text - its address
 * @throws OptionError `ERR_OPTION_ADDRESS`, `ERR_OPTION_UNKNOWN` or `ERR_OPTION_VALUE`
 */
export async function findServer(text: string): Promise<ServerAddress> {
  const address = parseAddress(text);
  const backEnd = await PROTOCOLS[address.protocol].backEnd();
  const isFile = address.place.type === 'file';
  const shared = [...NUMBERS, ...SWITCHES, ...(isFile ? ['arg'] : [])];
  const settings = settingsOf(address, backEnd.options, shared);
  return {
    backEnd,
    target: await targetOf(address),
    options: { ...commonOptions(address), settings },
  };
}

function commonOptions({ text, query }: AddressUrl): Partial<BackEndOptions> {
  const options: Record<string, number | boolean> = {};
  for (const name of NUMBERS) {
    const value = query.get(name);
    if (value === null) continue;
    if (!/^\d{1,12}$/.test(value))
      throw new OptionError('ERR_OPTION_VALUE', `${text}: ${name} is a number, not ${value}`);
    options[name] = Number(value);
  }
  for (const name of SWITCHES) {
    const value = query.get(name);
    if (value === null) continue;
    if (value !== 'yes' && value !== 'no')
      throw new OptionError('ERR_OPTION_VALUE', `${text}: ${name} is yes or no, not ${value}`);
    options[name] = value === 'yes';
  }
  return options;
}

async function targetOf({ text, protocol, place, query }: AddressUrl): Promise<Target> {
  switch (place.type) {
    case 'tcp': {
      const port = place.port ?? (await PROTOCOLS[protocol].frontEnd()).defaultPort;
      if (port === undefined)
        throw new OptionError('ERR_OPTION_ADDRESS', `${text}: the port is missing`);
      return { type: 'tcp', host: place.host, port };
    }
    case 'unix':
      return place;
    case 'file': {
      const path = resolve(place.path);
      return {
        type: 'file',
        path: place.path.endsWith('/') ? `${path}/` : path,
        args: query.getAll('arg'),
      };
    }
    default:
      throw new OptionError(
        'ERR_OPTION_ADDRESS',
        `${text}: a server is reached at host:port or at a Unix socket`,
      );
  }
}
