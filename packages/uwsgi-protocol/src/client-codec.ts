// Writes one uwsgi request to a uwsgi server and passes its answer on (uwsgi-docs, Protocol.rst).
//
// Theory: a connection carries one request, or one ping. The answer to a request is a plain HTTP/1.x (or
// CGI) response, without framing by uwsgi, and ends where the server closes. After a ping the state
// goes ping → ponged, and bytes are read only up to the pong.
import { allocate, type Codec, concatBytes, ProtocolError } from '@sluice/protocol';
import { Modifier1 } from './modifiers.ts';
import { checkedSize, holdsControls, refuse, sizeOfVar, writeVar } from './vars.ts';

/** What a {@link UwsgiClientCodec} sends. */
export type UwsgiClientCommand =
  | {
      /**
       * The request. Left out of its variables: CONTENT_LENGTH, which the codec writes, first;
       * HTTP_TRANSFER_ENCODING, because the body is sent plain; and all that begins with `UWSGI_`,
       * because uWSGI loads code and changes folders on its behalf (uwsgi-docs, Vars.rst).
       */
      readonly type: 'request';
      /** Kind of the packet, 0 (WSGI) by default. */
      readonly modifier1?: number;
      /** Kind within the kind, 0 by default. */
      readonly modifier2?: number;
      /** Name, value, name, value … */
      readonly variables: readonly string[];
      /** Bytes of body that `body` commands will bring, exactly. */
      readonly contentLength: number;
    }
  | { /** Bytes of the body. */ readonly type: 'body'; readonly chunk: Uint8Array }
  | {
      /** Asks whether the server is there; nothing else can be sent then. */ readonly type: 'ping';
    };

/** What a {@link UwsgiClientCodec} reports: the answer's bytes, and its end; or the answer to a ping. */
export type UwsgiClientEvent =
  | { readonly type: 'data'; readonly chunk: Uint8Array }
  | { readonly type: 'end' }
  | { readonly type: 'pong' };

type State = 'answer' | 'ping' | 'ponged' | 'failed';

const HEADER = 4;
const NOTHING: Uint8Array = new Uint8Array(0);

/** Writes one uwsgi request, or a ping, and passes the answer on. */
export class UwsgiClientCodec implements Codec<UwsgiClientEvent, UwsgiClientCommand> {
  #state: State = 'answer';
  #pong = NOTHING; // what came of a pong
  #due = 0;

  /**
   * Reads the next bytes of the answer.
   *
   * @throws ProtocolError `ERR_UWSGI_PONG` (status hint 502) for an answer to a ping that is no pong
   */
  feed(chunk: Uint8Array): UwsgiClientEvent[] {
    if (chunk.length === 0) return [];
    if (this.#state === 'answer') return [{ type: 'data', chunk }];
    return this.#state === 'ping' ? this.#readPong(chunk) : [];
  }

  /**
   * Tells that the server sent its last byte.
   *
   * @throws ProtocolError `ERR_UWSGI_TRUNCATED` (status hint 502) before a pong is complete
   */
  finish(): UwsgiClientEvent[] {
    if (this.#state === 'failed') return [];
    if (this.#state === 'ping') {
      this.#state = 'failed';
      const message = `the server closed after ${this.#pong.length} bytes of a pong`;
      throw new ProtocolError('ERR_UWSGI_TRUNCATED', message, { statusHint: 502 });
    }
    return [{ type: 'end' }];
  }

  /**
   * Turns a command into bytes.
   *
   * @throws ProtocolError (blame `local`) `ERR_UWSGI_COMMAND` for an empty name, a NUL, CR or LF in an
   * `HTTP_` variable, or more body than announced; `ERR_UWSGI_VARS_TOO_LARGE` (status hint 431) for a
   * name, a value or all variables above 65535 bytes
   */
  encode(command: UwsgiClientCommand): Uint8Array {
    switch (command.type) {
      case 'request':
        return this.#request(command);
      case 'body':
        this.#due -= command.chunk.length;
        if (this.#due < 0) throw refuse(`${-this.#due} bytes of body more than CONTENT_LENGTH`);
        return command.chunk;
      case 'ping':
        this.#state = 'ping';
        return new Uint8Array([Modifier1.PING, 0, 0, 0]);
    }
  }

  #request(command: UwsgiClientCommand & { type: 'request' }): Uint8Array {
    const { modifier1 = Modifier1.WSGI, modifier2 = 0, variables, contentLength } = command;
    if (!isByte(modifier1) || !isByte(modifier2)) throw refuse('a modifier is not 0 to 255');
    if (!Number.isSafeInteger(contentLength) || contentLength < 0)
      throw refuse(`CONTENT_LENGTH cannot be ${contentLength}`);
    const length = `${contentLength}`;
    let size = sizeOfVar('CONTENT_LENGTH', length);
    for (let at = 0; at + 1 < variables.length; at += 2) {
      const name = variables[at] as string;
      if (!isLeftOut(name)) size += sizeOfVar(name, variables[at + 1] as string);
    }
    checkedSize(size);
    const packet = allocate(HEADER + size);
    packet[0] = modifier1;
    packet[1] = size;
    packet[2] = size >> 8;
    packet[3] = modifier2;
    let end = writeVar(packet, 'CONTENT_LENGTH', length, HEADER);
    for (let at = 0; at + 1 < variables.length; at += 2) {
      const name = variables[at] as string;
      if (isLeftOut(name)) continue;
      const value = variables[at + 1] as string;
      end = writeVar(packet, name, value, end);
      if (isHeader(name) && holdsControls(value, packet, end - value.length, end))
        throw refuse(`${JSON.stringify(name.slice(0, 60))} holds NUL, CR or LF`);
    }
    this.#due = contentLength;
    return packet;
  }

  #readPong(chunk: Uint8Array): UwsgiClientEvent[] {
    const bytes = concatBytes([this.#pong, chunk]);
    this.#pong = bytes;
    for (let at = 0; at < bytes.length && at < PONG.length; at++) {
      if (bytes[at] === PONG[at]) continue;
      this.#state = 'failed';
      const message = 'the answer to a ping is no pong';
      throw new ProtocolError('ERR_UWSGI_PONG', message, { statusHint: 502 });
    }
    if (bytes.length < PONG.length) return [];
    this.#state = 'ponged';
    return [{ type: 'pong' }];
  }
}

const PONG = [Modifier1.PING, 0, 0, 1] as const;

const LETTER_H = 0x48;
const LETTER_U = 0x55;

/** Names that the codec writes itself, or that must not reach a server; the cheap questions come first. */
function isLeftOut(name: string): boolean {
  const size = name.length;
  return (
    (size === 14 && name === 'CONTENT_LENGTH') ||
    (size === 22 && name === 'HTTP_TRANSFER_ENCODING') ||
    (name.charCodeAt(0) === LETTER_U && name.startsWith('UWSGI_'))
  );
}

function isHeader(name: string): boolean {
  return name.charCodeAt(0) === LETTER_H && name.startsWith('HTTP_');
}

function isByte(value: number): boolean {
  return Number.isInteger(value) && value >= 0 && value <= 0xff;
}
