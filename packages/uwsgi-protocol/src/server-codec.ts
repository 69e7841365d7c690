// Reads one uwsgi request from a web server (uwsgi-docs, Protocol.rst).
//
// Theory: a connection carries one request, or one ping. The state goes head → body → done; only
// received bytes move it, and upgrade() moves it from done (or body) to upgraded, where all that comes
// is body. A ping ends in pong. Whatever does not fit ends in failed, and nothing is read any more.
// The head is four bytes, which tell the kind of the packet and the size of its vars block, and that
// block; it is judged whole, straight from the chunk that holds it. Only a head that comes in several
// chunks is kept.
import { ByteQueue, type Codec, ProtocolError } from '@sluice/protocol';
import { describeModifier, Modifier1 } from './modifiers.ts';
import { otherProtocol } from './other-protocols.ts';
import { checkRequest } from './request.ts';
import { MAX_SIZE, readVars } from './vars.ts';

/** What a {@link UwsgiServerCodec} reports. */
export type UwsgiEvent =
  | {
      /** The vars block is complete; the application may start. */
      readonly type: 'request';
      /** 0, or 30: then SCRIPT_NAME is to be removed from the start of PATH_INFO. */
      readonly modifier1: number;
      /** As it came; it says nothing about a request. */
      readonly modifier2: number;
      /** Name, value, name, value … in wire order, repeated names kept; without HTTP_TRANSFER_ENCODING. */
      readonly variables: string[];
      /** Bytes of body to come. */
      readonly contentLength: number;
    }
  | {
      /** Bytes of the body, as a view of what was fed. */ readonly type: 'body';
      readonly chunk: Uint8Array;
    }
  | { /** The body is complete. */ readonly type: 'end' }
  | { /** Bytes behind the body, dropped. */ readonly type: 'surplus'; readonly size: number }
  | {
      /** A ping came: these bytes are to be sent, and then the connection is to be closed. */
      readonly type: 'reply';
      readonly bytes: Uint8Array;
    };

/** What a {@link UwsgiServerCodec} sends: the answer is a plain HTTP/1.x response, written by the caller. */
export type UwsgiCommand = { readonly type: 'data'; readonly chunk: Uint8Array };

/** Limits of a {@link UwsgiServerCodec}. */
export interface UwsgiLimits {
  /** Bytes of the vars block, 65535 by default, which is all that the protocol can say. */
  readonly maxVarsBytes?: number;
  /** Number of variables, 1000 by default. */
  readonly maxVars?: number;
}

type State = 'head' | 'body' | 'done' | 'upgraded' | 'pong' | 'failed';

const HEADER = 4; // bytes: modifier1, size of the vars block (little-endian), modifier2

/** Reads one uwsgi request and passes its answer on. */
export class UwsgiServerCodec implements Codec<UwsgiEvent, UwsgiCommand> {
  readonly #maxVarsBytes: number;
  readonly #maxVars: number;
  #state: State = 'head';
  #kept: ByteQueue | undefined; // what came of a head that is not complete
  #modifier1 = 0;
  #modifier2 = 0;
  #due = 0; // bytes that the current state still waits for, 0 before there is a header
  #isUpgrading = false;

  /** @param limits - upper bounds; a larger vars block is refused before it is read */
  constructor(limits: UwsgiLimits = {}) {
    this.#maxVarsBytes = limits.maxVarsBytes ?? MAX_SIZE;
    this.#maxVars = limits.maxVars ?? 1000;
  }

  feed(chunk: Uint8Array): UwsgiEvent[] {
    const events: UwsgiEvent[] = [];
    let at = 0;
    if (this.#state === 'head') at = this.#readHead(chunk, events);
    if (at < chunk.length) this.#readBehind(chunk, at, events);
    return events;
  }

  /**
   * Tells that the peer sent its last byte.
   *
   * @throws ProtocolError `ERR_UWSGI_TRUNCATED`; with status hint 400 inside a body, without one inside a head
   */
  finish(): UwsgiEvent[] {
    switch (this.#state) {
      case 'head':
        // A peer that connects and leaves without a byte only wanted to know that we are there.
        if (!this.#kept) return [];
        this.#state = 'failed';
        throw new ProtocolError('ERR_UWSGI_TRUNCATED', 'the peer stopped inside its variables');
      case 'body': {
        this.#state = 'failed';
        const message = `the peer stopped with ${this.#due} bytes of body to come`;
        throw new ProtocolError('ERR_UWSGI_TRUNCATED', message, { statusHint: 400 });
      }
      case 'upgraded':
        this.#state = 'done';
        return [{ type: 'end' }];
      default:
        return [];
    }
  }

  /**
   * The connection is upgraded: from now on all bytes behind the body are `body` events and never
   * `surplus`, and `finish` reports another `end`. Of no effect before there is a request.
   */
  upgrade(): void {
    if (this.#state === 'done') this.#state = 'upgraded';
    this.#isUpgrading = this.#state === 'body';
  }

  encode(command: UwsgiCommand): Uint8Array {
    return command.chunk;
  }

  /** Reads what a chunk holds of the head; returns the offset behind it. */
  #readHead(chunk: Uint8Array, events: UwsgiEvent[]): number {
    const size = chunk.length;
    if (this.#kept) return this.#readKept(this.#kept, chunk, events);
    if (size === 0) return 0;
    let start = 0;
    if (size >= HEADER) {
      const due = this.#readHeader(chunk, events);
      const end = HEADER + due;
      if (size >= end) {
        if (due > 0) this.#readBlock(chunk, HEADER, end, events);
        return end;
      }
      this.#due = due;
      start = HEADER;
    }
    this.#kept = new ByteQueue();
    this.#kept.push(chunk.subarray(start));
    return size;
  }

  /** The same, for a head that began in an earlier chunk. */
  #readKept(kept: ByteQueue, chunk: Uint8Array, events: UwsgiEvent[]): number {
    kept.push(chunk);
    if (this.#due === 0) {
      const header = kept.take(HEADER);
      if (header) this.#due = this.#readHeader(header, events);
    }
    if (this.#state === 'head') {
      const block = this.#due > 0 ? kept.take(this.#due) : undefined;
      if (!block) return chunk.length;
      this.#readBlock(block, 0, block.length, events);
    }
    this.#kept = undefined;
    return chunk.length - kept.length;
  }

  /** Judges the first four bytes; returns the size of the vars block, 0 for a ping, which has none. */
  #readHeader(header: Uint8Array, events: UwsgiEvent[]): number {
    const modifier1 = header[0] as number;
    const size = (header[1] as number) | ((header[2] as number) << 8);
    const modifier2 = header[3] as number;
    if (modifier1 === Modifier1.WSGI || modifier1 === Modifier1.WSGI_SCRIPT_NAME) {
      if (size > this.#maxVarsBytes) {
        const message = `variables of ${size} bytes, above the limit of ${this.#maxVarsBytes}`;
        this.#fail('ERR_UWSGI_VARS_TOO_LARGE', message, 431);
      }
      if (size === 0) this.#fail('ERR_UWSGI_VARS', 'no variables at all', 400);
      this.#modifier1 = modifier1;
      this.#modifier2 = modifier2;
      return size;
    }
    if (modifier1 === Modifier1.PING && size === 0 && modifier2 === 0) {
      this.#state = 'pong';
      events.push({ type: 'reply', bytes: new Uint8Array([Modifier1.PING, 0, 0, 1]) });
      return 0;
    }
    const other = otherProtocol(header);
    if (other) this.#fail('ERR_UWSGI_NOT_UWSGI', `this looks like ${other} on a uwsgi port`);
    const message = `modifier1 ${describeModifier(modifier1)} is no request that is served here`;
    this.#fail('ERR_UWSGI_MODIFIER', message, 501);
  }

  #readBlock(bytes: Uint8Array, start: number, end: number, events: UwsgiEvent[]): void {
    this.#state = 'failed'; // unless all of it is right
    const block = readVars(bytes, start, end, this.#maxVars);
    const contentLength = checkRequest(block);
    events.push({
      type: 'request',
      modifier1: this.#modifier1,
      modifier2: this.#modifier2,
      variables: block.variables,
      contentLength,
    });
    this.#due = contentLength;
    this.#state = 'body';
    if (contentLength === 0) this.#endBody(events);
  }

  /** Reads what a chunk holds behind the head, from `at` on. */
  #readBehind(chunk: Uint8Array, at: number, events: UwsgiEvent[]): void {
    let start = at;
    if (this.#state === 'body') {
      start = Math.min(chunk.length, at + this.#due);
      this.#due -= start - at;
      events.push({ type: 'body', chunk: chunk.subarray(at, start) });
      if (this.#due === 0) this.#endBody(events);
      if (start === chunk.length) return;
    }
    if (this.#state === 'upgraded') events.push({ type: 'body', chunk: chunk.subarray(start) });
    else if (this.#state !== 'failed') events.push({ type: 'surplus', size: chunk.length - start });
  }

  #endBody(events: UwsgiEvent[]): void {
    this.#state = this.#isUpgrading ? 'upgraded' : 'done';
    if (!this.#isUpgrading) events.push({ type: 'end' });
  }

  #fail(code: string, message: string, statusHint?: number): never {
    this.#state = 'failed';
    this.#kept = undefined;
    throw new ProtocolError(code, message, statusHint === undefined ? {} : { statusHint });
  }
}
