// Our own back-ends, pointed at a server under test.
import type { Application } from 'sluice';
import { PROTOCOLS, type ProtocolName } from 'sluice';

/** A server, called as an application through its own protocol. */
export async function backEndFor(url: string): Promise<Application> {
  const name = /^[a-z]+/.exec(url)?.[0] as ProtocolName;
  const backEnd = await PROTOCOLS[name].backEnd();
  return backEnd.open(targetOf(url));
}

/** Where a server listens, taken from its address. */
export function targetOf(
  url: string,
): { type: 'tcp'; host: string; port: number } | { type: 'unix'; path: string } {
  const path = /^[a-z]+\+unix:([^?]+)/.exec(url)?.[1];
  if (path !== undefined) return { type: 'unix', path };
  const [, host = '', port = ''] = /^[a-z]+:\/\/(\[[^\]]+\]|[^:]+):(\d+)/.exec(url) ?? [];
  return { type: 'tcp', host: host.replace(/[[\]]/g, ''), port: Number(port) };
}
