// Any text as a request or a response: what AJP13 codecs write is read back as it was, or it is refused.
import { Ajp13ClientCodec, type Ajp13ClientCommand, Ajp13ServerCodec } from 'ajp13-protocol';
import { webServer } from 'ajp13-protocol/testing';
import { join, text } from '../vectors/bytes.ts';
import type { Random } from './random.ts';

/** A request to begin with. */
export const GET: Ajp13ClientCommand & { readonly type: 'request' } = {
  ...{ type: 'request', method: 'GET', protocol: 'HTTP/1.1', uri: '/', serverPort: 80 },
  ...{ isSsl: false, headers: [] },
};

/** Any text as a request. */
export function writeRequest(random: Random, input: Uint8Array): void {
  const items = text(input).split(random.pick(['\0', 'a', ':', '/', 'H', '\xff']));
  if (random.once(20)) items.push('\u0100');
  if (random.once(50)) items.push('x'.repeat(9000));
  const [method = 'GET', user = '', ...headers] = random.once(2) ? items : ['GET', ...items];
  if (headers.length % 2) headers.pop();
  const uri = `/${items.at(-1)}`;
  const bytes = new Ajp13ClientCodec().encode({
    ...GET,
    ...{ method, uri, headers, attributes: { remoteUser: user } },
  });
  const [event] = new Ajp13ServerCodec().feed(bytes);
  if (event?.type !== 'request') throw new Error('a request that cannot be read');
  const same = (item: string, at: number) =>
    at % 2 ? item === event.headers[at] : item.toLowerCase() === event.headers[at]?.toLowerCase();
  if (event.method !== method || event.uri !== uri || event.attributes.remoteUser !== user)
    throw new Error('a request that reads differently');
  if (event.headers.length !== headers.length || !headers.every(same))
    throw new Error('headers that read differently');
}

/** Any text as a response. */
export function writeResponse(random: Random, input: Uint8Array): void {
  const items = text(input).split(random.pick(['\0', 'a', ':', '/', 'O', '\xff']));
  if (random.once(20)) items.push('\u0100');
  if (random.once(50)) items.push('x'.repeat(9000));
  const [reason = '', ...rest] = random.once(2) ? items : ['OK', ...items];
  const headers = rest.flatMap((name, at) => (at % 2 ? [] : [[name, rest[at + 1] ?? ''] as const]));
  const server = new Ajp13ServerCodec();
  server.feed(webServer.forward());
  const head = { status: 200, reason, headers };
  const bytes = server.encode({ type: 'response', head, chunk: input, last: true });
  const client = new Ajp13ClientCodec();
  client.encode(GET);
  const events = client.feed(bytes);
  const [first] = events;
  const body = join(events.flatMap((event) => (event.type === 'body' ? [event.chunk] : [])));
  if (first?.type !== 'head' || first.reason !== (reason || '200') || text(body) !== text(input))
    throw new Error('a response that reads differently');
  const dropped = /^(transfer-encoding|connection|keep-alive|upgrade|trailer)$/i;
  const values = headers.flatMap(([name, value]) => (dropped.test(name) ? [] : [value]));
  if (first.headers.map(([, value]) => value).join('\0') !== values.join('\0'))
    throw new Error('headers that read differently');
}
