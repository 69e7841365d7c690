// SCGI: from codec events to requests, and response parts to CGI answers.
import type { ResponsePart } from '@sluice/gateway';
import { type ScgiEvent, ScgiServerCodec } from 'scgi-protocol';
import { cgiAnswer } from './cgi-answer.ts';
import type { Channel, FrontEnd, Incoming } from './front-end.ts';
import { streamFrontEnd } from './stream-server.ts';

const ONLY = 1; // SCGI: one request for each connection

/** The SCGI front-end. */
export const scgi: FrontEnd = streamFrontEnd({
  name: 'scgi',
  defaultPort: 4000,
  open: () => new ScgiChannel(),
});

class ScgiChannel implements Channel {
  readonly reusable = false;
  readonly #codec = new ScgiServerCodec();

  receive(chunk: Uint8Array): Incoming[] {
    return this.#codec.feed(chunk).map(incoming);
  }

  finish(): Incoming[] {
    return this.#codec.finish().map(incoming);
  }

  send(_id: number, part: ResponsePart): readonly Uint8Array[] {
    return cgiAnswer(part);
  }

  refuse(part: ResponsePart): readonly Uint8Array[] {
    return cgiAnswer(part);
  }
}

function incoming(event: ScgiEvent): Incoming {
  switch (event.type) {
    case 'request': {
      const { variables, contentLength } = event;
      return { type: 'request', id: ONLY, variables, hasBody: contentLength > 0 };
    }
    case 'body':
      return { type: 'body', id: ONLY, chunk: event.chunk };
    case 'end':
      return { type: 'body-end', id: ONLY };
    case 'surplus':
      return event;
  }
}
