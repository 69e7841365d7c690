// Answers in the form of CGI: what those of SCGI, uwsgi and scripts have in common.
import { fromLatin1 } from '@sluice/protocol';
import type { Diagnosis, Form } from './diagnosis.ts';

/** A CGI response (RFC 3875, section 6) that begins as most do. */
export const cgiForm: Form = {
  name: 'CGI',
  begins: (first) => /^(?:Status|Content-Type|Location): ?\S/i.test(fromLatin1(first)),
};

/** Of servers that answer as CGI scripts do, or as HTTP servers. */
export const diagnoseCgiLike: Diagnosis = {
  answers: ['CGI', 'HTTP'],
  mayBegin: (first) => /^\s?[ -~\xa0-\xff]/.test(fromLatin1(first)), // a header of the application's own
};

/** The same for a server behind a socket, where a plain HTTP server may be instead. */
export const diagnoseSocketCgi: Diagnosis = {
  ...diagnoseCgiLike,
  refused: (status, _said, { spoken, address }) =>
    status === 400 && spoken === 'HTTP'
      ? `a plain HTTP server answers so to ${schemeOf(address)}: try ${address.replace(SCHEME, 'http')}`
      : undefined,
};

const SCHEME = /^[a-z]+/;

function schemeOf(address: string): string | undefined {
  return SCHEME.exec(address)?.[0];
}
