// What every server of the benchmark answers.
import type { Application } from 'sluice';

/** The body of every answer. */
export const BODY = Buffer.from('Hello, world!\n');

const application: Application = (_environ, startResponse) => {
  startResponse('200 OK', [['Content-Type', 'text/plain']]);
  return [BODY];
};

export default application;
