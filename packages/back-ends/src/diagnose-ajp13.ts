// What is usual where an AJP13 container does not answer as it should.
import type { AskedServer, Diagnosis } from './diagnosis.ts';

const [A, B] = [0x41, 0x42]; // the magic of what containers send
const MOST = 0x20; // first byte of a length: packets have 8 KiB

/** Of AJP13 containers: Tomcat, most of all. */
export const diagnoseAjp13: Diagnosis = {
  form: {
    name: 'AJP13',
    begins: ([first, second, length]) =>
      first === A && second === B && length !== undefined && length <= MOST,
  },
  answers: ['AJP13'],
  mayBegin: ([first, second = B]) => first === A && second === B,
  closed: (asked) =>
    `Containers do so ${hasSecret(asked) ? 'where the secret is wrong' : 'where they want a secret, ajp://…?secret=…'}.`,
  refused: (status, _said, asked) =>
    status === 403
      ? `Tomcat answers so where the secret is ${hasSecret(asked) ? 'not the one of its Connector' : 'missing: ajp://…?secret=…'}`
      : undefined,
};

function hasSecret({ settings }: AskedServer): boolean {
  return settings.secret !== undefined;
}
