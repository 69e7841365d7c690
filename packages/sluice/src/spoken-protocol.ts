// What a server speaks, told by the first bytes of its answer.
import { fromLatin1 } from '@sluice/protocol';
import type { Scene } from './request-trouble.ts';

const SHOWN = 16; // bytes of an answer that nobody knows

/** The name of what speaks with these bytes first; undefined when they tell nothing. */
export function spokenBy(first: Uint8Array): string | undefined {
  const [one, two] = first;
  const text = fromLatin1(first);
  if (/^HTTP\/\d/.test(text)) return 'HTTP';
  if (/^(?:Status|Content-Type|Location): ?\S/i.test(text)) return 'CGI';
  if (/^SSH-\d/.test(text)) return 'SSH';
  if (/^220[ -]/.test(text)) return 'SMTP or FTP';
  if (one === 1 && two !== undefined && two >= 1 && two <= 11) return 'FastCGI';
  if (one === 0x41 && two === 0x42 && first[2] !== undefined && first[2] < 0x21) return 'AJP13';
  if ((one === 0x15 || one === 0x16) && two === 3) return 'TLS';
  return undefined;
}

/** How the answers of each protocol begin. */
const EXPECTED: Readonly<Record<Scene['protocol'], readonly string[]>> = {
  http: ['HTTP'],
  scgi: ['CGI', 'HTTP'],
  uwsgi: ['HTTP', 'CGI'],
  fastcgi: ['FastCGI'],
  ajp: ['AJP13'],
  cgi: ['CGI', 'HTTP'],
};

/** The schemes to try instead. */
const SCHEMES: Readonly<Record<string, string>> = {
  HTTP: 'http',
  FastCGI: 'fastcgi',
  AJP13: 'ajp',
  CGI: 'scgi',
};

/** What is said of an answer that does not begin as the protocol has it; undefined when it does, or there is none. */
export function strangeAnswer({ protocol, wire, address }: Scene): string | undefined {
  if (wire.receivedSize === 0) return undefined;
  const spoken = spokenBy(wire.first);
  if (spoken === undefined)
    return MAYBE[protocol](wire.first)
      ? undefined
      : `${address} answers with bytes that are not ${protocol}: ${shown(wire.first)}`;
  if (EXPECTED[protocol].includes(spoken)) return undefined;
  if (spoken === 'TLS')
    return `${address} answers by TLS, which no back-end speaks. Does it have a port without encryption?`;
  const scheme = SCHEMES[spoken];
  const instead = scheme ? `. Try ${address.replace(/^[a-z]+/, scheme)}` : '';
  return `${address} answers by ${spoken}, not by ${protocol}${instead}`;
}

/** Beginnings that may be right, however they go on: a header of the application's own, a part of a record. */
const MAYBE: Readonly<Record<Scene['protocol'], (first: Uint8Array) => boolean>> = {
  http: (first) => 'HTTP/'.startsWith(fromLatin1(first)),
  scgi: isText,
  uwsgi: isText,
  fastcgi: ([version, type = 1]) => version === 1 && type >= 1 && type <= 11,
  ajp: ([high, low = 0x42]) => high === 0x41 && low === 0x42,
  cgi: isText,
};

function isText(first: Uint8Array): boolean {
  return /^\s?[ -~\xa0-\xff]/.test(fromLatin1(first));
}

function shown(bytes: Uint8Array): string {
  const first = bytes.subarray(0, SHOWN);
  const numbers = Array.from(first, (byte) => byte.toString(16).padStart(2, '0')).join(' ');
  const characters = fromLatin1(first).replace(/[^\x20-\x7e]/g, '.');
  return `${numbers} (${characters})`;
}
