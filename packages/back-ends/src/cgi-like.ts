// The channel of protocols whose answer is a CGI or HTTP response that ends where the server closes: SCGI, uwsgi.
import type { Codec } from '@sluice/protocol';
import { CgiResponseReader } from 'cgi-protocol';
import type { Answer, ClientChannel, ClientRequest } from './client-channel.ts';

/** What the codecs of such protocols report. */
type Event =
  | { readonly type: 'data'; readonly chunk: Uint8Array }
  | { readonly type: 'end' }
  | { readonly type: 'pong' };

/** One connection with one request. */
export class CgiLikeChannel<Command> implements ClientChannel {
  readonly reusable = false;
  readonly #codec: Codec<Event, Command | { type: 'body'; chunk: Uint8Array }>;
  readonly #command: (request: ClientRequest) => Command;
  #reader = new CgiResponseReader();

  /** @param codec - of the connection
   * @param command - writes a request for it */
  constructor(
    codec: Codec<Event, Command | { type: 'body'; chunk: Uint8Array }>,
    command: (request: ClientRequest) => Command,
  ) {
    this.#codec = codec;
    this.#command = command;
  }

  request(request: ClientRequest): { bytes: Uint8Array } {
    this.#reader = new CgiResponseReader({ head: request.environ.REQUEST_METHOD === 'HEAD' });
    return { bytes: this.#codec.encode(this.#command(request)) };
  }

  body(chunk: Uint8Array): Uint8Array {
    return this.#codec.encode({ type: 'body', chunk });
  }

  receive(chunk: Uint8Array): Answer[] {
    return this.#codec.feed(chunk).flatMap((event) => this.#answers(event));
  }

  finish(): Answer[] {
    return this.#codec.finish().flatMap((event) => this.#answers(event));
  }

  #answers(event: Event): Answer[] {
    switch (event.type) {
      case 'data':
        return this.#reader.feed(event.chunk);
      case 'end':
        return this.#reader.finish();
      case 'pong':
        return [{ type: 'pong', text: 'pong' }];
    }
  }
}
