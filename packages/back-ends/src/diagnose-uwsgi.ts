// What is usual where a uwsgi server does not answer as it should.
import { diagnoseSocketCgi } from './diagnose-cgi-like.ts';
import type { Diagnosis } from './diagnosis.ts';

/** Of uwsgi servers: uWSGI itself, most of all. */
export const diagnoseUwsgi: Diagnosis = {
  ...diagnoseSocketCgi,
  closed: ({ isPing, headSize }) =>
    isPing
      ? 'uWSGI answers a ping only with --plugin ping; ask for a page instead.'
      : `uWSGI does so to a request above its --buffer-size, 4096 bytes by default; this one has ${headSize}.`,
};
