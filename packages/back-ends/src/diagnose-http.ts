// What is usual where an HTTP server does not answer as it should.
import { fromLatin1 } from '@sluice/protocol';
import type { Diagnosis } from './diagnosis.ts';

/** Of HTTP servers. */
export const diagnoseHttp: Diagnosis = {
  form: { name: 'HTTP', begins: (first) => /^HTTP\/\d/.test(fromLatin1(first)) },
  answers: ['HTTP'],
  mayBegin: (first) => 'HTTP/'.startsWith(fromLatin1(first)),
  closed: () => 'Is this a port for HTTPS?',
};
