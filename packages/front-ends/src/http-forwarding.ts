// What proxies in front say of the client (RFC 7239, and the X-Forwarded-* that came before it).
import { isIP } from 'node:net';
import type { Variables } from '@sluice/gateway';
import type { AllowList } from './allow-list.ts';
import { isHost } from './host.ts';

/**
 * Takes client address, scheme and host from forwarding headers, when the peer is trusted. The list of
 * addresses is walked from the right past those that are trusted; what stands left of the first other
 * one is the client's own claim. Where `Forwarded` and `X-Forwarded-*` are both there, neither is believed.
 */
export function applyForwarding(variables: Variables, trust: AllowList): void {
  const peer = variables.REMOTE_ADDR;
  if (!peer || !trust.has(peer)) return;
  const forwarded = variables.HTTP_FORWARDED;
  const chain = variables.HTTP_X_FORWARDED_FOR;
  if (
    forwarded !== undefined &&
    (chain !== undefined || variables.HTTP_X_FORWARDED_PROTO !== undefined)
  )
    return;
  const hops = forwarded === undefined ? legacyHops(variables) : parseForwarded(forwarded);
  let nearest = true;
  for (const hop of hops.reverse()) {
    if (hop.proto && nearest) setScheme(variables, hop.proto);
    if (hop.host && nearest && isHost(hop.host)) variables.HTTP_HOST = hop.host;
    nearest = false;
    if (!hop.address) break;
    variables.REMOTE_ADDR = hop.address;
    if (hop.port) variables.REMOTE_PORT = hop.port;
    else delete variables.REMOTE_PORT;
    if (!trust.has(hop.address)) break;
  }
}

interface Hop {
  address?: string | undefined;
  port?: string | undefined;
  proto?: string | undefined;
  host?: string | undefined;
}

function legacyHops(variables: Variables): Hop[] {
  const hops: Hop[] = (variables.HTTP_X_FORWARDED_FOR ?? '').split(',').map(parseNode);
  const last = hops.at(-1) as Hop;
  last.proto = lastOf(variables.HTTP_X_FORWARDED_PROTO)?.toLowerCase();
  last.host = lastOf(variables.HTTP_X_FORWARDED_HOST);
  return hops;
}

function parseForwarded(value: string): Hop[] {
  return splitOutsideQuotes(value, ',').map((element) => {
    const hop: Hop = {};
    for (const pair of splitOutsideQuotes(element, ';')) {
      const equals = pair.indexOf('=');
      const name = pair.slice(0, equals).trim().toLowerCase();
      const text = unquote(pair.slice(equals + 1).trim());
      if (name === 'for') Object.assign(hop, parseNode(text));
      else if (name === 'proto') hop.proto = text.toLowerCase();
      else if (name === 'host') hop.host = text;
    }
    return hop;
  });
}

/** An address with an optional port: `192.0.2.1`, `192.0.2.1:80`, `[2001:db8::1]:80`, `2001:db8::1`. */
function parseNode(text: string): Hop {
  const node = text.trim();
  if (isIP(node)) return { address: node };
  const parts = /^(?:\[([0-9A-Fa-f:.]+)\]|([0-9.]+))(?::(\d{1,5}))?$/.exec(node);
  const address = parts?.[1] ?? parts?.[2] ?? '';
  return isIP(address) ? { address, port: parts?.[3] } : {};
}

function splitOutsideQuotes(text: string, separator: string): string[] {
  const parts: string[] = [];
  let quoted = false;
  let start = 0;
  for (let at = 0; at < text.length; at++) {
    const character = text[at];
    if (character === '\\' && quoted) at++;
    else if (character === '"') quoted = !quoted;
    else if (character === separator && !quoted) {
      parts.push(text.slice(start, at));
      start = at + 1;
    }
  }
  parts.push(text.slice(start));
  return parts;
}

function unquote(text: string): string {
  return text.startsWith('"') && text.endsWith('"') && text.length > 1
    ? text.slice(1, -1).replace(/\\(.)/g, '$1')
    : text;
}

function lastOf(list: string | undefined): string | undefined {
  return list?.slice(list.lastIndexOf(',') + 1).trim() || undefined;
}

function setScheme(variables: Variables, proto: string): void {
  if (proto !== 'http' && proto !== 'https') return;
  variables.REQUEST_SCHEME = proto;
  if (proto === 'https') variables.HTTPS = 'on';
}
