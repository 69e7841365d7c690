// SCGI: from codec events to requests, and response parts to CGI answers.
import { type ScgiEvent, ScgiServerCodec } from 'scgi-protocol';
import { cgiAnswer } from './cgi-answer.ts';
import type { FrontEnd, Incoming } from './front-end.ts';
import { streamFrontEnd } from './stream-server.ts';

const ONLY = 1; // SCGI: one request for each connection

/** The SCGI front-end. */
export const scgi: FrontEnd = streamFrontEnd({
  name: 'scgi',
  defaultPort: 4000,
  open() {
    const codec = new ScgiServerCodec();
    return {
      reusable: false,
      receive: (chunk) => codec.feed(chunk).map(incoming),
      finish: () => codec.finish().map(incoming),
      send: (_id, part) => cgiAnswer(part),
      refuse: cgiAnswer,
    };
  },
});

function incoming(event: ScgiEvent): Incoming {
  switch (event.type) {
    case 'request':
      return {
        type: 'request',
        id: ONLY,
        variables: event.variables,
        hasBody: event.contentLength > 0,
      };
    case 'body':
      return { type: 'body', id: ONLY, chunk: event.chunk };
    case 'end':
      return { type: 'body-end', id: ONLY };
    case 'surplus':
      return event;
  }
}
