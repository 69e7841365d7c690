// What storms send and read by each protocol: requests as bytes, and whole answers.
import { KEEP_CONN } from 'fastcgi-protocol';
import { ajpHeardIn, ajpRequest } from '../conformance/support/ajp.ts';
import { fastcgiRequest, heardIn } from '../conformance/support/fastcgi.ts';
import { httpRequest } from '../conformance/support/http.ts';
import { scgiRequest } from '../conformance/support/scgi.ts';

/** An answer. */
export interface WireAnswer {
  readonly status: number;
  readonly body: string;
  /** Whether the server says that no other follows on this connection. */
  readonly isLast: boolean;
}

/** A protocol as a client speaks it. */
export interface Wire {
  /** Whether a connection carries request after request. */
  readonly isKept: boolean;
  /** A whole request. */
  request(path: string): Uint8Array;
  /** The answer, when all of it has come. @throws Error for what is none */
  answer(bytes: Buffer): WireAnswer | undefined;
}

/** The protocols of the storms. */
export const WIRES = {
  scgi: {
    isKept: false,
    request: (path) => Buffer.from(scgiRequest({ REQUEST_URI: path })),
    answer: (bytes) => withLength(bytes, /^Status: (\d{3}) /),
  },
  fastcgi: {
    isKept: true,
    request: (path) => fastcgiRequest('', { flags: KEEP_CONN, variables: { REQUEST_URI: path } }),
    answer(bytes) {
      const [answer] = heardIn(bytes).answers;
      return answer && { ...answer, isLast: false }; // FastCGI cannot say it
    },
  },
  ajp: {
    isKept: true,
    request: (path) => ajpRequest('', { uri: path }),
    answer(bytes) {
      const [answer] = ajpHeardIn(bytes).answers;
      return answer?.reuse === undefined ? undefined : { ...answer, isLast: !answer.reuse };
    },
  },
  http: {
    isKept: true,
    request: (path) => Buffer.from(httpRequest(path)),
    answer: (bytes) => withLength(bytes, /^HTTP\/1\.1 (\d{3}) /),
  },
} as const satisfies Record<string, Wire>;

/** A protocol of the storms. */
export type WireName = keyof typeof WIRES;

/** An answer whose end its Content-Length tells. */
function withLength(bytes: Buffer, beginning: RegExp): WireAnswer | undefined {
  const text = bytes.toString('latin1');
  const end = text.indexOf('\r\n\r\n');
  if (end < 0) return undefined;
  const head = text.slice(0, end + 2);
  const status = beginning.exec(head)?.[1];
  const length = /\r\ncontent-length: (\d+)\r\n/i.exec(head)?.[1];
  if (status === undefined || length === undefined)
    throw new Error(`no answer: ${JSON.stringify(text.slice(0, 200))}`);
  const body = text.slice(end + 4);
  if (body.length < Number(length)) return undefined;
  if (body.length > Number(length)) throw new Error('bytes behind the answer');
  return { status: Number(status), body, isLast: /\r\nconnection: close\r\n/i.test(head) };
}
