// FastCGI codecs as the fuzzer reads them: mixed streams put in order, so that cuts leave no trace.
import type { ProtocolError } from '@sluice/protocol';
import type {
  FastcgiClientEvent,
  FastcgiEvent,
  FastcgiRecord,
  RecordParser,
} from 'fastcgi-protocol';
import { text } from '../vectors/bytes.ts';
import type { Reader, ReaderEvent } from './fuzzer.ts';

/** An event without traces of cuts: bytes as text, pieces of one stream joined. */
export type Told = ReaderEvent & { readonly text?: string };

type Reported = FastcgiEvent | FastcgiClientEvent | FastcgiRecord;

/** Reads with a codec, and tells its events without traces of cuts. */
export class UncutReader implements Reader {
  readonly #codec: RecordParser<Reported>;
  #piece: { type: string; id: number; text: string } | undefined;
  #fed = 0;
  #told = 0; // bytes of streams and of surplus

  constructor(codec: RecordParser<Reported>) {
    this.#codec = codec;
  }

  feed(chunk: Uint8Array): Told[] {
    this.#fed += chunk.length;
    return this.#tell(() => this.#codec.feed(chunk), chunk);
  }

  finish(): Told[] {
    const told = this.#tell(() => this.#codec.finish(), NOTHING);
    this.#flush(told);
    // What the end brings beside events is not thrown by it.
    const { error } = this.#codec;
    return told.length > 0 && error ? [...told, { type: 'error', text: error.code }] : told;
  }

  #tell(read: () => readonly Reported[], fed: Uint8Array): Told[] {
    const told: Told[] = [];
    let events: readonly Reported[];
    try {
      events = read();
    } catch (error) {
      this.#piece = undefined;
      throw error;
    }
    for (const event of events) this.#add(event, fed, told);
    if (this.#told > this.#fed) throw new Error(`${this.#told} bytes from ${this.#fed}`);
    return told;
  }

  #add(event: Reported, fed: Uint8Array, told: Told[]): void {
    if ('chunk' in event) {
      const { type, id, chunk } = event;
      if (chunk.buffer !== fed.buffer) throw new Error('bytes of a stream that are a copy');
      if (chunk.length === 0) throw new Error('no bytes of a stream, as an event');
      this.#told += chunk.length;
      if (this.#piece?.type !== type || this.#piece.id !== id) {
        this.#flush(told);
        this.#piece = { type, id, text: '' };
      }
      this.#piece.text += text(chunk);
      return;
    }
    if (event.type === 'surplus') {
      if (event.size === 0) throw new Error('no surplus, as an event');
      this.#told += event.size;
      told.push(event);
      return;
    }
    this.#flush(told);
    switch (event.type) {
      case 'request': {
        const { ended, ...rest } = event;
        told.push(rest);
        if (ended) told.push({ type: 'end', text: `${event.id}` });
        return;
      }
      case 'end':
        told.push('appStatus' in event ? event : { type: 'end', text: `${event.id}` });
        return;
      case 'reply':
        told.push({ type: 'reply', text: text(event.bytes) });
        return;
      case 'truncated':
        told.push({
          type: 'truncated',
          text: `${event.id} ${(event.error as ProtocolError).code}`,
        });
        return;
      case 'values':
        told.push({ type: 'values', text: event.values.join('\0') });
        return;
      default:
        if (typeof event.type === 'string')
          told.push({ type: event.type, text: JSON.stringify(event) });
        else told.push({ type: 'record', text: recordText(event) });
    }
  }

  #flush(told: Told[]): void {
    if (this.#piece) told.push(this.#piece);
    this.#piece = undefined;
  }
}

function recordText({ type, id, content, paddingLength }: FastcgiRecord): string {
  return `${type} ${id} ${paddingLength} ${text(content)}`;
}

const NOTHING = new Uint8Array(0);
