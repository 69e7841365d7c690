// The one address syntax: scheme://host:port, scheme+unix:/path, scheme+fd:N, scheme+systemd:NAME, scheme+stdio:.
import { lookup } from 'node:dns/promises';
import { readFileSync } from 'node:fs';
import { isIP } from 'node:net';
import { OptionError } from '@sluice/protocol';
import { isProtocolName, PROTOCOLS, type ProtocolName } from '../registry.ts';
import { suggest } from '../suggest.ts';

/** An address as a person wrote it, taken apart. */
export interface AddressUrl {
  /** As written, without the options: one may be a secret. */
  readonly text: string;
  readonly protocol: ProtocolName;
  readonly place:
    | { readonly type: 'tcp'; readonly host: string; readonly port: number | undefined }
    | { readonly type: 'unix'; readonly path: string }
    | { readonly type: 'fd'; readonly fd: number }
    | { readonly type: 'systemd' /** `''`: the only one that is passed. */; readonly name: string }
    | { readonly type: 'stdio' }
    | { readonly type: 'file'; readonly path: string };
  /** What follows the question mark. */
  readonly query: URLSearchParams;
}

const URL_PARTS = /^([a-z][a-z0-9]*)(?:\+([a-z]+))?:(.*)$/is;
const HOST_PORT = /^\/\/(\[[^\]]*\]|[^:/]*)(?::(\d*))?\/?$/;

/** Whether a text looks like an address rather than a file. */
export function looksLikeAddress(text: string): boolean {
  const scheme = URL_PARTS.exec(text)?.[1];
  return (
    scheme !== undefined &&
    (isProtocolName(scheme) || text.includes('://') || text.includes('+unix:'))
  );
}

/**
 * Takes an address apart.
 *
 * @throws OptionError `ERR_OPTION_ADDRESS`, saying what is wrong and what would be right
 */
export function parseAddress(text: string): AddressUrl {
  const question = text.indexOf('?');
  const body = question < 0 ? text : text.slice(0, question);
  const [, scheme = '', transport, rest = ''] = URL_PARTS.exec(body) ?? [];
  if (scheme === '') throw wrong(body, `it has to be like ${EXAMPLE}`);
  if (Object.hasOwn(USUAL_NAMES, scheme)) throw wrong(body, USUAL_NAMES[scheme] as string);
  if (!isProtocolName(scheme))
    throw wrong(body, `there is no protocol ${scheme}${suggest(scheme, Object.keys(PROTOCOLS))}`);
  // A plus is a plus, as in secrets that are written in base64; in forms it would be a blank.
  const given = question < 0 ? '' : text.slice(question + 1).replaceAll('+', '%2B');
  const query = new URLSearchParams(given);
  return { text: body, protocol: scheme, place: placeOf(body, scheme, transport, rest), query };
}

/** What people type, and what would be right. */
const USUAL_NAMES: Readonly<Record<string, string>> = {
  fcgi: 'the protocol is written fastcgi',
  ajp13: 'the protocol is written ajp',
  https: 'there is no TLS here: it is the web server in front that speaks it; the protocol is http',
};

const EXAMPLE = 'http://127.0.0.1:8000, scgi+unix:/run/app.sock, scgi+fd:0 or scgi+stdio:';

function placeOf(
  text: string,
  scheme: ProtocolName,
  transport: string | undefined,
  rest: string,
): AddressUrl['place'] {
  switch (transport) {
    case undefined: {
      if (!rest.startsWith('//')) {
        if (rest.startsWith('/') || rest.startsWith('.')) {
          if (PROTOCOLS[scheme].startsPrograms) return { type: 'file', path: rest };
          throw wrong(text, `a Unix socket is written ${scheme}+unix:${rest}`);
        }
        throw wrong(text, `it has to be like ${EXAMPLE}`);
      }
      const [whole, host = '', port = ''] = HOST_PORT.exec(rest) ?? [];
      if (whole === undefined) throw wrong(text, `after ${scheme}: there has to be //host:port`);
      if (port !== '' && Number(port) > 65535)
        throw wrong(text, `a port is a number up to 65535, not ${port}`);
      return {
        type: 'tcp',
        host: host.replace(/^\[|\]$/g, '') || '127.0.0.1',
        port: port === '' ? undefined : Number(port),
      };
    }
    case 'unix':
      if (rest === '') throw wrong(text, `the path is missing: ${scheme}+unix:/run/app.sock`);
      return { type: 'unix', path: rest.replace(/^\/\/(?=\/)/, '') };
    case 'fd':
      if (!/^\d{1,5}$/.test(rest)) throw wrong(text, `a descriptor is a number: ${scheme}+fd:0`);
      return { type: 'fd', fd: Number(rest) };
    case 'systemd':
      return { type: 'systemd', name: rest };
    case 'stdio':
      return { type: 'stdio' };
    default:
      throw wrong(text, `+${transport} is not known; there are +unix, +fd, +systemd and +stdio`);
  }
}

/**
 * The options behind an address that belong to its protocol. Where it has a secret, `secretFile` names a
 * file that holds it: others can see a command line.
 *
 * @param own - options that the protocol has
 * @param shared - options that addresses of this kind have with any protocol
 * @throws OptionError `ERR_OPTION_UNKNOWN`, `ERR_OPTION_VALUE` for a file that cannot be read
 */
export function settingsOf(
  { text, query }: AddressUrl,
  own: Readonly<Record<string, string>> = {},
  shared: readonly string[] = [],
): Readonly<Record<string, string>> {
  const settings: Record<string, string> = {};
  for (const [key, value] of query) {
    if (Object.hasOwn(own, key)) settings[key] = value;
    else if (key === 'secretFile' && Object.hasOwn(own, 'secret'))
      settings.secret = readSecret(text, value);
    else if (!shared.includes(key)) {
      const known = [...shared, ...Object.keys(own)];
      if (Object.hasOwn(own, 'secret')) known.push('secretFile');
      const others = known.length > 0 ? suggest(key, known) : '; there are none';
      throw new OptionError(
        'ERR_OPTION_UNKNOWN',
        `${text}: there is no option ${key} here${others}`,
      );
    }
  }
  return settings;
}

function readSecret(text: string, file: string): string {
  try {
    return readFileSync(file, 'utf8').trim();
  } catch (error) {
    const why = (error as Error).message;
    throw new OptionError('ERR_OPTION_VALUE', `${text}: the secret cannot be read: ${why}`, error);
  }
}

/** The numeric address of a host. @throws OptionError `ERR_OPTION_ADDRESS` when it has none */
export async function numericHost(address: AddressUrl, host: string): Promise<string> {
  if (isIP(host)) return host;
  try {
    return (await lookup(host)).address;
  } catch (error) {
    throw new OptionError(
      'ERR_OPTION_ADDRESS',
      `${address.text}: the host ${host} is not known`,
      error,
    );
  }
}

function wrong(text: string, why: string): OptionError {
  return new OptionError('ERR_OPTION_ADDRESS', `${JSON.stringify(text)} is not an address: ${why}`);
}

/** A name of an application as it may be shown: an address without its options, one of which may be a secret. */
export function shownName(name: string): string {
  return looksLikeAddress(name) ? name.replace(/\?.*$/s, '') : name;
}
