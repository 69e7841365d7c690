// FastCGI by hand: requests to the applications of every.js, and answers read strictly.
import { RecordType } from 'fastcgi-protocol';
import { type RequestParts, request } from 'fastcgi-protocol/testing';
import { onTestFinished } from 'vitest';
import { Peer } from './peer.ts';
import { until } from './until.ts';

const HEADER = 8; // bytes
const LARGEST = 65_535; // bytes of content and padding that every web server reads

/** A request as tests change it. */
export interface FastcgiRequest extends Omit<RequestParts, 'variables'> {
  /** Beside or instead of those that every request has; undefined leaves one out. */
  readonly variables?: Readonly<Record<string, string | undefined>>;
}

/** The variables of a request to an application: name, value, name, value … */
export function variablesFor(
  application: string,
  more: FastcgiRequest['variables'] = {},
  body?: RequestParts['stdin'],
): string[] {
  const all = {
    CONTENT_LENGTH: body === undefined ? '' : String(body.length),
    REQUEST_METHOD: body === undefined ? 'GET' : 'POST',
    REQUEST_URI: '/',
    SERVER_NAME: 'localhost',
    SERVER_PORT: '80',
    SERVER_PROTOCOL: 'HTTP/1.1',
    HTTP_X_APP: application,
    ...more,
  };
  return Object.entries(all).flatMap(([name, value]) => (value === undefined ? [] : [name, value]));
}

/** A whole request. */
export function fastcgiRequest(application: string, parts: FastcgiRequest = {}): Uint8Array {
  return request({ ...parts, variables: variablesFor(application, parts.variables, parts.stdin) });
}

/** A record that came. */
export interface FoundRecord {
  readonly type: number;
  readonly id: number;
  readonly content: Buffer;
}

/** A request as it was answered. */
export interface FastcgiAnswer {
  readonly id: number;
  readonly stdout: string;
  readonly stderr: string;
  /** What comes before the empty line of STDOUT, and what behind it. */
  readonly head: string;
  readonly body: string;
  /** Of `Status:`, which is always first; NaN when there is no STDOUT. */
  readonly status: number;
  readonly appStatus: number;
  readonly protocolStatus: number;
  /** Whether there was an empty STDOUT record. */
  readonly isClosed: boolean;
}

/** All that came on a connection. */
export interface Heard {
  /** In the order of their END_REQUEST. */
  readonly answers: readonly FastcgiAnswer[];
  /** Management records, id 0. */
  readonly management: readonly FoundRecord[];
  /** STDOUT so far of requests without END_REQUEST, by id. */
  readonly open: ReadonlyMap<number, string>;
  /** Bytes of a record that is not complete. */
  readonly rest: number;
}

/** Cuts bytes into records. @throws Error for one that is none, or is not aligned as it should be */
function recordsOf(bytes: Buffer): { records: FoundRecord[]; rest: number } {
  const records: FoundRecord[] = [];
  let at = 0;
  while (bytes.length - at >= HEADER) {
    const size = bytes.readUInt16BE(at + 4);
    const padding = bytes[at + 6] as number;
    const id = bytes.readUInt16BE(at + 2);
    const header = bytes.subarray(at, at + HEADER).toString('hex');
    if (bytes[at] !== 1) throw new Error(`no record: ${header}`);
    if ((size + padding) % 8 !== 0 || size + padding > LARGEST)
      throw new Error(`a record that is not aligned: ${header}`);
    const start = at + HEADER;
    if (start + size + padding > bytes.length) break;
    records.push({
      type: bytes[at + 1] as number,
      id,
      content: bytes.subarray(start, start + size),
    });
    at = start + size + padding;
  }
  return { records, rest: bytes.length - at };
}

interface Half {
  stdout: Buffer[];
  stderr: Buffer[];
  isClosed: boolean;
  isErrorOpen: boolean;
}

/** Reads all that came on a connection. @throws Error for what no application may send */
export function heardIn(bytes: Buffer | string): Heard {
  const { records, rest } = recordsOf(
    typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : bytes,
  );
  const halves = new Map<number, Half>();
  const answers: FastcgiAnswer[] = [];
  const management: FoundRecord[] = [];
  for (const record of records) {
    const { type, id, content } = record;
    if (id === 0) {
      management.push(record);
      continue;
    }
    const half = halves.get(id) ?? { stdout: [], stderr: [], isClosed: false, isErrorOpen: false };
    halves.set(id, half);
    if (type === RecordType.STDOUT) {
      if (half.isClosed) throw new Error(`STDOUT of request ${id} goes on behind its end`);
      half.stdout.push(content);
      half.isClosed = content.length === 0;
    } else if (type === RecordType.STDERR) {
      half.stderr.push(content);
      half.isErrorOpen = content.length > 0;
    } else if (type === RecordType.END_REQUEST && content.length === 8) {
      if (half.isErrorOpen) throw new Error(`STDERR of request ${id} is not ended`);
      answers.push(answerOf(id, half, content));
      halves.delete(id);
    } else {
      throw new Error(`a record of type ${type} with ${content.length} bytes`);
    }
  }
  const open = new Map([...halves].map(([id, half]) => [id, textOf(half.stdout)]));
  return { answers, management, open, rest };
}

function answerOf(id: number, half: Half, end: Buffer): FastcgiAnswer {
  const stdout = textOf(half.stdout);
  const at = stdout.indexOf('\r\n\r\n');
  return {
    id,
    stdout,
    stderr: textOf(half.stderr),
    head: at < 0 ? '' : stdout.slice(0, at),
    body: at < 0 ? '' : stdout.slice(at + 4),
    status: Number(/^Status: (\d{3}) [^\r\n]+\r\n/.exec(stdout)?.[1]),
    appStatus: end.readUInt32BE(0),
    protocolStatus: end[4] as number,
    isClosed: half.isClosed,
  };
}

function textOf(blocks: readonly Buffer[]): string {
  return Buffer.concat(blocks).toString('latin1');
}

/** A web server on a raw socket. */
export class FastcgiPeer extends Peer {
  get heard(): Heard {
    return heardIn(this.bytes);
  }

  /** Waits until so many requests in all are ended; gives all of them. */
  async answers(count: number, deadline?: number): Promise<readonly FastcgiAnswer[]> {
    return await until(
      `${count} answers`,
      () => {
        const { answers } = this.heard;
        return answers.length >= count ? answers : undefined;
      },
      deadline,
    );
  }

  /** Sends a request and waits for its answer, which is the last one then. */
  async ask(application: string, parts: FastcgiRequest = {}): Promise<FastcgiAnswer> {
    const before = this.heard.answers.length;
    await this.send(fastcgiRequest(application, parts));
    return (await this.answers(before + 1)).at(-1) as FastcgiAnswer;
  }
}

/** A peer that is gone when the test is finished. */
export function fastcgiPeer(url: string): FastcgiPeer {
  const peer = new FastcgiPeer(url);
  onTestFinished(() => peer.drop());
  return peer;
}

/** The environ that the application `environ` has answered with. */
export function environIn({ body }: Pick<FastcgiAnswer, 'body'>): Map<string, string | boolean> {
  return new Map(JSON.parse(Buffer.from(body, 'latin1').toString('utf8')));
}
