// Codecs in the middle of a conversation.

import type { ContainerPlace, WebServerPlace } from '../../../test/vectors/ajp13.ts';
import { Ajp13ClientCodec } from '../src/client-codec.ts';
import type { Ajp13ClientCommand, Ajp13ClientOptions } from '../src/client-messages.ts';
import { Ajp13ServerCodec } from '../src/server-codec.ts';
import type { Ajp13ServerOptions } from '../src/server-messages.ts';
import { bytesOf, container, webServer } from '../src/testing.ts';

export const GET: Ajp13ClientCommand & { readonly type: 'request' } = {
  type: 'request',
  method: 'GET',
  protocol: 'HTTP/1.1',
  uri: '/',
  serverPort: 80,
  isSsl: false,
  headers: [],
};
export const OK = { status: 200, reason: 'OK', headers: [] } as const;
export const DONE = { type: 'response', head: OK, last: true } as const;
export const CHUNKED = [['Transfer-Encoding', 'chunked']] as const;
const POST_5 = webServer.forward({ method: 4, headers: [[0xa008, '5']] });
export const POST_CHUNKED = webServer.forward({ method: 4, headers: CHUNKED });

/** A container's codec at a place. */
export function containerAt(place: ContainerPlace, options?: Ajp13ServerOptions): Ajp13ServerCodec {
  const codec = new Ajp13ServerCodec(options);
  switch (place) {
    case 'idle':
      break;
    case 'first':
      codec.feed(POST_5);
      break;
    case 'unasked':
      codec.feed(bytesOf(POST_5, webServer.data('ab')));
      break;
    case 'asked':
      codec.feed(POST_CHUNKED);
      codec.encode({ type: 'get-body' });
      break;
    case 'answering':
      codec.feed(webServer.forward());
      break;
  }
  return codec;
}

/** A web server's codec at a place. */
export function webServerAt(place: WebServerPlace, options?: Ajp13ClientOptions): Ajp13ClientCodec {
  const codec = new Ajp13ClientCodec(options);
  switch (place) {
    case 'idle':
      break;
    case 'head':
      codec.encode(GET);
      break;
    case 'body':
      codec.encode(GET);
      codec.feed(container.head(200, 'OK'));
      break;
    case 'ended':
      codec.encode({ ...GET, headers: ['Transfer-Encoding', 'chunked'] });
      codec.feed(container.getBody(100));
      codec.encode({ type: 'body-end' });
      break;
  }
  return codec;
}
