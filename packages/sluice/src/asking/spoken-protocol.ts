// What a server speaks, told by the first bytes of its answer.
import type { Form } from '@sluice/back-ends';
import { fromLatin1 } from '@sluice/protocol';
import { PROTOCOLS } from '../registry.ts';
import type { Scene } from './trouble.ts';

const SHOWN = 16; // bytes of an answer that nobody knows

/** A form, and how to ask a server that speaks it. */
interface KnownForm extends Form {
  /** The scheme to try instead, if there is one. */
  readonly scheme?: string;
  /** What else to look for. */
  readonly hint?: string;
}

/** What answers on ports that people mistake for those of an application. */
const STRANGERS: readonly KnownForm[] = [
  { name: 'SSH', begins: (first) => /^SSH-\d/.test(fromLatin1(first)) },
  { name: 'SMTP or FTP', begins: (first) => /^220[ -]/.test(fromLatin1(first)) },
  {
    name: 'TLS',
    begins: ([one, two]) => (one === 0x15 || one === 0x16) && two === 3,
    hint: ', which no back-end speaks. Does it have a port without encryption?',
  },
];

/** The form that bytes are the beginning of; undefined when they tell nothing. */
export async function spokenBy(first: Uint8Array): Promise<KnownForm | undefined> {
  const ours = await Promise.all(
    Object.entries(PROTOCOLS).map(async ([scheme, { backEnd }]) => {
      const { diagnosis } = await backEnd();
      return diagnosis?.form && { ...diagnosis.form, scheme };
    }),
  );
  return [...ours, ...STRANGERS].find((form) => form?.begins(first));
}

/** What is said of an answer that does not begin as the protocol has it; undefined when it does, or there is none. */
export async function strangeAnswer(scene: Scene): Promise<string | undefined> {
  const { backEnd, wire, address, protocol } = scene;
  const { diagnosis } = backEnd;
  if (wire.receivedSize === 0 || !diagnosis) return undefined;
  const spoken = await spokenBy(wire.first);
  if (!spoken)
    return diagnosis.mayBegin(wire.first)
      ? undefined
      : `${address} answers with bytes that are not ${protocol}: ${shown(wire.first)}`;
  if (diagnosis.answers.includes(spoken.name)) return undefined;
  const { name, scheme, hint } = spoken;
  if (hint !== undefined) return `${address} answers by ${name}${hint}`;
  const instead = scheme ? `. Try ${address.replace(/^[a-z]+/, scheme)}` : '';
  return `${address} answers by ${name}, not by ${protocol}${instead}`;
}

function shown(bytes: Uint8Array): string {
  const first = bytes.subarray(0, SHOWN);
  const numbers = Array.from(first, (byte) => byte.toString(16).padStart(2, '0')).join(' ');
  const characters = fromLatin1(first).replace(/[^\x20-\x7e]/g, '.');
  return `${numbers} (${characters})`;
}
