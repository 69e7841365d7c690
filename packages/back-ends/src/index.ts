/**
 * Other servers and scripts, each called as an application.
 *
 * @packageDocumentation
 */
export type { BackEnd, BackEndOptions, Target, Tracer } from './back-end.ts';
export { DEFAULT_BACK_END_OPTIONS } from './back-end.ts';
export type { AskedServer, Diagnosis, Form } from './diagnosis.ts';
export { ERROR_CODES } from './error-codes.ts';
