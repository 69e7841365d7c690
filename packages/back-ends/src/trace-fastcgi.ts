// Shows what passes on a FastCGI connection, record by record (FastCGI 1.0, section 3.3).
import { printable } from '@sluice/gateway';
import { concatBytes, fromLatin1 } from '@sluice/protocol';
import {
  decodePairs,
  type FastcgiRecord,
  KEEP_CONN,
  ProtocolStatus,
  RecordReader,
  RecordType,
  Role,
} from 'fastcgi-protocol';
import type { Tracer } from './back-end.ts';
import { brokenLines, hexText, sizeText, variableLines } from './trace-lines.ts';
import { MessageTrace } from './trace-message.ts';

/** Makes a tracer of one FastCGI connection. */
export function traceFastcgi(): Tracer {
  const sent = new Records();
  const received = new Records();
  return {
    sent: (bytes) => sent.take(bytes),
    received: (bytes) => received.take(bytes),
    finish: () => received.finish(),
  };
}

const HEADER = 8;
const MOST_PARAMS = 1_048_576; // bytes that are kept to be shown together

/** One direction. */
class Records {
  readonly #reader = new RecordReader();
  readonly #params = new Map<number, Uint8Array[]>(); // by the id of the request
  readonly #messages = new Map<number, MessageTrace>();
  #fed = 0;
  #read = 0; // bytes of complete records
  #isLost = false;

  take(bytes: Uint8Array): string[] {
    if (this.#isLost) return [sizeText(bytes.length)];
    const start = this.#fed;
    this.#fed += bytes.length;
    const lines: string[] = [];
    try {
      for (const record of this.#reader.feed(bytes)) lines.push(...this.#record(record));
    } catch {
      // The reader keeps its error.
    }
    if (this.#reader.error) {
      this.#isLost = true;
      const rest = bytes.subarray(Math.max(0, this.#read - start));
      lines.push(...brokenLines(this.#reader.error, rest));
    }
    return lines;
  }

  finish(): string[] {
    const lines = [...this.#messages.values()].flatMap((message) => message.finish());
    const rest = this.#fed - this.#read;
    if (rest > 0 && !this.#isLost) lines.push(`${sizeText(rest)} of a record that is not complete`);
    return lines;
  }

  #record(record: FastcgiRecord): string[] {
    const { type, id, content, paddingLength } = record;
    this.#read += HEADER + content.length + paddingLength;
    const padding = paddingLength > 0 ? ` + ${paddingLength} padding` : '';
    const title = `${nameOf(RecordType, type, 'type')} id ${id}, ${sizeText(content.length)}${padding}`;
    try {
      const [words, ...lines] = this.#content(record);
      return [words ? `${title}: ${words}` : title, ...lines];
    } catch (error) {
      return [title, ...brokenLines(error, content).map((line) => `  ${line}`)];
    }
  }

  /** What a record says: words for its own line, and lines below it. */
  #content({ type, id, content }: FastcgiRecord): string[] {
    switch (type) {
      case RecordType.BEGIN_REQUEST: {
        if (content.length < 3) return [hexText(content)];
        const role = ((content[0] as number) << 8) | (content[1] as number);
        const flags = content[2] as number;
        const keep = flags & KEEP_CONN ? 'KEEP_CONN' : 'close when done';
        return [`role ${numberAndName(Role, role)}, flags ${flags} (${keep})`];
      }
      case RecordType.PARAMS:
        return this.#paramsOf(id, content);
      case RecordType.STDOUT: {
        if (content.length === 0) return ['end'];
        const message = this.#messages.get(id) ?? new MessageTrace();
        this.#messages.set(id, message);
        return ['', ...message.take(content).map((line) => `  ${line}`)];
      }
      case RecordType.STDERR:
        return content.length === 0 ? ['end'] : ['', ...textLines(content)];
      case RecordType.STDIN:
      case RecordType.DATA:
        return [content.length === 0 ? 'end' : 'body'];
      case RecordType.END_REQUEST: {
        this.#messages.delete(id);
        if (content.length < 5) return [hexText(content)];
        const status = new DataView(content.buffer, content.byteOffset).getUint32(0);
        const ending = numberAndName(ProtocolStatus, content[4] as number);
        return [`appStatus ${status}, protocolStatus ${ending}`];
      }
      case RecordType.GET_VALUES:
      case RecordType.GET_VALUES_RESULT:
        return ['', ...variableLines(decodePairs(content))];
      case RecordType.UNKNOWN_TYPE:
        return [`a record of type ${content[0] ?? '?'} is not known`];
      default:
        return [content.length === 0 ? '' : hexText(content)];
    }
  }

  /** Pairs may be cut between records: they are shown when their stream has ended. */
  #paramsOf(id: number, content: Uint8Array): string[] {
    const pieces = this.#params.get(id) ?? [];
    if (content.length > 0) {
      const size = pieces.reduce((sum, piece) => sum + piece.length, content.length);
      if (size <= MOST_PARAMS) this.#params.set(id, [...pieces, content.slice()]);
      return [];
    }
    this.#params.delete(id);
    return ['end', ...variableLines(decodePairs(concatBytes(pieces)))];
  }
}

function textLines(content: Uint8Array): string[] {
  const text = fromLatin1(content).replace(/\r?\n$/, '');
  return text.split('\n').map((line) => `  ${printable(line.replace(/\r$/, ''))}`);
}

function nameOf(table: Readonly<Record<string, number>>, value: number, kind: string): string {
  return Object.keys(table).find((name) => table[name] === value) ?? `${kind} ${value}`;
}

function numberAndName(table: Readonly<Record<string, number>>, value: number): string {
  return `${value} (${nameOf(table, value, 'unknown')})`;
}
