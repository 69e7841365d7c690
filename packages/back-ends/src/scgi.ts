// SCGI: an environ to a request, a CGI answer back.
import { ScgiClientCodec, type ScgiClientCommand } from 'scgi-protocol';
import type { BackEnd } from './back-end.ts';
import { CgiLikeChannel } from './cgi-like.ts';
import type { ClientProtocol } from './client-channel.ts';
import { streamBackEnd } from './connection.ts';
import { cgiForm, diagnoseSocketCgi } from './diagnose-cgi-like.ts';
import { wireVariables } from './environ-variables.ts';
import { traceScgi } from './trace-scgi.ts';

const protocol: ClientProtocol = {
  name: 'scgi',
  asksForBody: false,
  keep: 0,
  open: () =>
    new CgiLikeChannel<ScgiClientCommand>(
      new ScgiClientCodec(),
      ({ environ, contentLength = 0 }) => ({
        type: 'request',
        variables: wireVariables(environ),
        contentLength,
      }),
    ),
};

/** The SCGI back-end. */
export const scgi: BackEnd = {
  name: 'scgi',
  open: (target, options = {}) => streamBackEnd(protocol, target, options),
  trace: traceScgi,
  diagnosis: { ...diagnoseSocketCgi, form: cgiForm },
};
