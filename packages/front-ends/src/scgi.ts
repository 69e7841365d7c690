// SCGI: what a request says, and CGI answers.
import { collectVariables } from '@sluice/gateway';
import { ScgiServerCodec } from 'scgi-protocol';
import { cgiAnswer } from './cgi-answer.ts';
import type { FrontEnd } from './front-end.ts';
import { OneRequestChannel } from './one-request.ts';
import { streamFrontEnd } from './stream-server.ts';

/** The SCGI front-end. */
export const scgi: FrontEnd = streamFrontEnd({
  name: 'scgi',
  defaultPort: 4000,
  configure: () => () =>
    new OneRequestChannel(
      new ScgiServerCodec(),
      (request) => collectVariables(request.variables),
      cgiAnswer,
    ),
});
