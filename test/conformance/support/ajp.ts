// AJP by hand: requests to the applications of every.js, and packets of answers read strictly.
import { type ForwardFields, webServer } from 'ajp13-protocol/testing';
import { onTestFinished } from 'vitest';
import { Peer } from './peer.ts';
import { until } from './until.ts';

const HEADER = 4; // bytes
const LARGEST = 8192; // bytes of a packet, header included

const RESPONSE_HEADERS = [
  ...['Content-Type', 'Content-Language', 'Content-Length', 'Date', 'Last-Modified', 'Location'],
  ...['Set-Cookie', 'Set-Cookie2', 'Servlet-Engine', 'Status', 'WWW-Authenticate'],
];

/** A Forward Request to an application. */
export function ajpRequest(application: string, given: Partial<ForwardFields> = {}): Uint8Array {
  const headers = [['host', 'localhost'], ['x-app', application], ...(given.headers ?? [])];
  return webServer.forward({ ...given, headers: headers as ForwardFields['headers'] });
}

/** A response. */
export interface AjpAnswer {
  readonly status: number;
  readonly reason: string;
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body: string;
  /** Whether the connection may be used again; undefined while there is no End Response. */
  readonly reuse: boolean | undefined;
}

/** All that came on a connection. */
export interface AjpHeard {
  /** Complete, but for the last one. */
  readonly answers: readonly AjpAnswer[];
  readonly pongs: number;
  /** How much was asked for by each Get Body Chunk. */
  readonly asked: readonly number[];
  /** Bytes of a packet that is not complete. */
  readonly rest: number;
}

/** The payloads of packets that a container sent. @throws Error for what is no packet, or too large */
export function payloadsOf(bytes: Buffer): { payloads: Buffer[]; rest: number } {
  const payloads: Buffer[] = [];
  let at = 0;
  while (bytes.length - at >= HEADER) {
    const size = bytes.readUInt16BE(at + 2);
    if (bytes.toString('latin1', at, at + 2) !== 'AB' || size < 1 || size + HEADER > LARGEST)
      throw new Error(`no packet: ${bytes.subarray(at, at + 20).toString('hex')}`);
    if (at + HEADER + size > bytes.length) break;
    payloads.push(bytes.subarray(at + HEADER, at + HEADER + size));
    at += HEADER + size;
  }
  return { payloads, rest: bytes.length - at };
}

/** Reads all that came on a connection. @throws Error for what no container may send */
export function ajpHeardIn(bytes: Buffer | string): AjpHeard {
  const all = typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : bytes;
  const { payloads, rest } = payloadsOf(all);
  const answers: (AjpAnswer & { body: string; reuse: boolean | undefined })[] = [];
  const asked: number[] = [];
  let pongs = 0;
  for (const payload of payloads) {
    const answer = answers.at(-1);
    const isOpen = answer !== undefined && answer.reuse === undefined;
    const type = payload[0];
    if (type === 9 && payload.length === 1) {
      pongs++;
    } else if (type === 6 && payload.length === 3) {
      asked.push(payload.readUInt16BE(1));
    } else if (type === 4 && !isOpen) {
      answers.push({ ...headOf(payload), body: '', reuse: undefined });
    } else if (type === 3 && isOpen && payload.at(-1) === 0) {
      const size = payload.readUInt16BE(1);
      if (size !== payload.length - 4) throw new Error(`a chunk of ${size} in ${payload.length}`);
      answer.body += payload.toString('latin1', 3, 3 + size);
    } else if (type === 5 && isOpen && payload.length === 2) {
      answer.reuse = payload[1] === 1;
    } else {
      throw new Error(`a packet out of turn: ${payload.subarray(0, 40).toString('hex')}`);
    }
  }
  return { answers, pongs, asked, rest };
}

function headOf(payload: Buffer): Pick<AjpAnswer, 'status' | 'reason' | 'headers'> {
  let at = 3;
  const integer = () => {
    at += 2;
    return payload.readUInt16BE(at - 2);
  };
  const string = () => {
    const size = integer();
    const text = payload.toString('latin1', at, at + size);
    if (payload[at + size] !== 0) throw new Error('a string without its NUL');
    at += size + 1;
    return text;
  };
  const name = () => {
    if (payload[at] !== 0xa0) return string();
    return RESPONSE_HEADERS[(integer() & 0xff) - 1] as string;
  };
  const reason = string();
  const headers = Array.from({ length: integer() }, () => [name(), string()] as const);
  if (at !== payload.length) throw new Error('bytes behind the headers');
  return { status: payload.readUInt16BE(1), reason, headers };
}

/** The body of a request, and how it is announced. */
export interface AjpBody {
  readonly body: string;
  /** Announced as `Transfer-Encoding: chunked`: the container asks for all of it. */
  readonly isChunked?: boolean;
  readonly fields?: Partial<ForwardFields>;
}

/** A web server on a raw socket. */
export class AjpPeer extends Peer {
  get heard(): AjpHeard {
    return ajpHeardIn(this.bytes);
  }

  /** Waits until so many answers in all are complete; gives the last of them. */
  async answer(count: number, deadline?: number): Promise<AjpAnswer> {
    return await until(
      `${count} answers`,
      () => {
        const answer = this.heard.answers[count - 1];
        return answer?.reuse === undefined ? undefined : answer;
      },
      deadline,
    );
  }

  /** Sends a request without a body and waits for its answer. */
  async ask(application: string, fields: Partial<ForwardFields> = {}): Promise<AjpAnswer> {
    const before = this.heard.answers.length;
    await this.send(ajpRequest(application, fields));
    return await this.answer(before + 1);
  }

  /** Sends a request with a body, as much of it as it is asked for, and waits for its answer. */
  async post(application: string, { body, isChunked, fields = {} }: AjpBody): Promise<AjpAnswer> {
    const { answers, asked } = this.heard;
    const announced = isChunked ? 'transfer-encoding' : 'content-length';
    const headers = [[announced, isChunked ? 'chunked' : String(body.length)] as const];
    await this.send(
      ajpRequest(application, {
        method: 4,
        ...fields,
        headers: [...(fields.headers ?? []), ...headers],
      }),
    );
    let sent = 0;
    const give = async (size: number) => {
      const piece = body.slice(sent, sent + Math.min(size, 8186));
      sent += piece.length;
      await this.send(piece === '' ? webServer.endOfBody('httpd') : webServer.data(piece));
    };
    if (!isChunked && body !== '') await give(8186);
    let given = asked.length;
    return await until('the answer', async () => {
      const now = this.heard;
      for (; given < now.asked.length; given++) await give(now.asked[given] as number);
      const answer = now.answers[answers.length];
      return answer?.reuse === undefined ? undefined : answer;
    });
  }
}

/** A peer that is gone when the test is finished. */
export function ajpPeer(url: string): AjpPeer {
  const peer = new AjpPeer(url);
  onTestFinished(() => peer.drop());
  return peer;
}
