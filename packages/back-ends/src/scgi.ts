// SCGI: an environ to a request, a CGI answer back.
import { CgiResponseReader } from 'cgi-protocol';
import { ScgiClientCodec, type ScgiClientEvent } from 'scgi-protocol';
import type { BackEnd } from './back-end.ts';
import { type Answer, streamBackEnd } from './connection.ts';

/** The SCGI back-end. */
export const scgi: BackEnd = {
  name: 'scgi',
  open: (target, options = {}) =>
    streamBackEnd('scgi', target, options, (head) => {
      const codec = new ScgiClientCodec();
      const reader = new CgiResponseReader({ head });
      const answers = (event: ScgiClientEvent): Answer[] =>
        event.type === 'data' ? reader.feed(event.chunk) : reader.finish();
      return {
        request: (variables, contentLength) =>
          codec.encode({ type: 'request', variables, contentLength }),
        body: (chunk) => codec.encode({ type: 'body', chunk }),
        receive: (chunk) => codec.feed(chunk).flatMap(answers),
        finish: () => codec.finish().flatMap(answers),
      };
    }),
};
