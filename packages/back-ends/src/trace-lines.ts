// What all tracers share: how bytes, variables and header fields are shown to a person, without secrets.
import { printable } from '@sluice/gateway';
import { fromLatin1 } from '@sluice/protocol';

const SHOWN = 32; // bytes of what cannot be read

/** `1 byte`, `2 bytes`. */
export function sizeText(count: number): string {
  return count === 1 ? '1 byte' : `${count} bytes`;
}

/** The first bytes as numbers and as characters: `48 54 54 50 (HTTP)`. */
export function hexText(bytes: Uint8Array, most = SHOWN): string {
  const first = bytes.subarray(0, most);
  const numbers = Array.from(first, (byte) => byte.toString(16).padStart(2, '0')).join(' ');
  const characters = fromLatin1(first).replace(/[^\x20-\x7e]/g, '.');
  const more = bytes.length > most ? ' …' : '';
  return `${numbers}${more} (${characters}${more})`;
}

/** Lines of something that is no unit of the protocol: why, and how it begins. */
export function brokenLines(error: unknown, bytes: Uint8Array): string[] {
  const why = printable(error instanceof Error ? error.message : String(error));
  return [`not understood: ${why}`, `  ${sizeText(bytes.length)}: ${hexText(bytes)}`];
}

/** Name, value, name, value … as a line for each. */
export function variableLines(pairs: readonly string[]): string[] {
  const lines: string[] = [];
  for (let at = 0; at + 1 < pairs.length; at += 2) {
    const name = pairs[at] as string;
    lines.push(`  ${printable(name)}=${shownValue(name, pairs[at + 1] as string)}`);
  }
  return lines;
}

/** A header line as it may be shown; a line that is none, such as a status line, stays as it is. */
export function headerLine(line: string): string {
  const colon = line.indexOf(':');
  if (colon < 0) return printable(line);
  const value = line.slice(colon + 1).trim();
  return `${printable(line.slice(0, colon))}: ${shownValue(line.slice(0, colon), value)}`;
}

const SECRET = /(?:^|_)(?:PASS(?:WORD|WD|PHRASE)?|PW|SECRET|TOKEN|API_?KEY)(?:_|$)/;

/** The value of a variable or header field; `…` stands for what nobody else should read. */
export function shownValue(name: string, value: string): string {
  const variable = name.toUpperCase().replaceAll('-', '_');
  if (value === '') return '';
  if (variable.endsWith('AUTHORIZATION')) {
    const scheme = /^\S+(?= )/.exec(value)?.[0];
    return scheme === undefined ? '…' : `${printable(scheme)} …`;
  }
  if (variable.endsWith('SET_COOKIE')) {
    const [cookie = '', ...attributes] = value.split(';');
    return [shownCookie(cookie), ...attributes.map(printable)].join(';');
  }
  if (/(?:^|_)COOKIE2?$/.test(variable)) return value.split(';').map(shownCookie).join(';');
  return SECRET.test(variable) ? '…' : printable(value);
}

function shownCookie(cookie: string): string {
  const equals = cookie.indexOf('=');
  return equals < 0 ? '…' : `${printable(cookie.slice(0, equals))}=…`;
}
