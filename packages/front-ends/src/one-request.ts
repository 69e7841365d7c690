// The channel of protocols that carry one request on each connection, as CGI would give it: SCGI, uwsgi.
import type { ResponsePart, Variables } from '@sluice/gateway';
import type { Codec } from '@sluice/protocol';
import type { Channel, Incoming } from './front-end.ts';

/** What the codecs of such protocols report. */
export type OneRequestEvent<Request> =
  | (Request & {
      readonly type: 'request';
      /** Bytes of body to come; infinite: up to the end of the input. */
      readonly contentLength: number;
    })
  | { readonly type: 'body'; readonly chunk: Uint8Array }
  | { readonly type: 'end' }
  | { readonly type: 'surplus'; readonly size: number }
  | { readonly type: 'reply'; readonly bytes: Uint8Array };

const ONLY = 1; // the id of the only request

/** One connection with one request. */
export class OneRequestChannel<Request> implements Channel {
  readonly reusable = false;
  readonly marksEnd = false;
  readonly #codec: Codec<OneRequestEvent<Request>, never> & { upgrade(): void };
  readonly #variables: (request: Request) => Variables;
  readonly #answer: (part: ResponsePart) => readonly Uint8Array[];

  /** @param codec - of the connection
   * @param variables - what a request says
   * @param answer - writes a part of the response */
  constructor(
    codec: Codec<OneRequestEvent<Request>, never> & { upgrade(): void },
    variables: (request: Request) => Variables,
    answer: (part: ResponsePart) => readonly Uint8Array[],
  ) {
    this.#codec = codec;
    this.#variables = variables;
    this.#answer = answer;
  }

  receive(chunk: Uint8Array): Incoming[] {
    return this.#codec.feed(chunk).map((event) => this.#incoming(event));
  }

  finish(): Incoming[] {
    return this.#codec.finish().map((event) => this.#incoming(event));
  }

  send(_id: number, part: ResponsePart): readonly Uint8Array[] {
    return this.#answer(part);
  }

  refuse(part: ResponsePart): readonly Uint8Array[] {
    return this.#answer(part);
  }

  upgrade(): void {
    this.#codec.upgrade();
  }

  #incoming(event: OneRequestEvent<Request>): Incoming {
    switch (event.type) {
      case 'request': {
        const variables = this.#variables(event);
        return { type: 'request', id: ONLY, variables, hasBody: event.contentLength > 0 };
      }
      case 'body':
        return { type: 'body', id: ONLY, chunk: event.chunk };
      case 'end':
        return { type: 'body-end', id: ONLY };
      default:
        return event;
    }
  }
}
