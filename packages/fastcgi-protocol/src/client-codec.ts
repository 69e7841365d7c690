// The web server's side of a FastCGI connection (FastCGI 1.0, sections 3 to 6).
//
// Theory: a request is active from the command that begins it until END_REQUEST. Each has a state of
// the table ANSWERING (reading.ts) that received records move, and apart from it one that commands
// move: applications may answer before they have read. Late records of other ids are drained while
// some request is active; with none active there is nothing that could be said, so whoever speaks is
// not to be trusted with the next request. A failure ends the connection, with all of its requests.
import { type Codec, ProtocolError } from '@sluice/protocol';
import { Block } from './block.ts';
import type { FastcgiClientCommand, FastcgiClientEvent } from './client-messages.ts';
import { ClientRequest } from './client-request.ts';
import { writeRequest } from './client-writer.ts';
import { HEADER_SIZE, RecordType, Role } from './constants.ts';
import { checkId, refuse, wrongId, wrongLength, wrongState } from './errors.ts';
import { encodePairs, OVERRUN, readPairs } from './name-value-pairs.ts';
import { ANSWERING, inputOf, type Machine } from './reading.ts';
import { RecordParser } from './record-parser.ts';
import { encodeRecord, encodeStream } from './records.ts';
import { view } from './server-body.ts';

/** What happens to the content of the record that is being read. */
type Sink = 'stdout' | 'stderr' | 'end' | 'values' | 'unknown-type' | 'nothing';

/** Sends requests to a FastCGI application on one connection, and reads their answers. */
export class FastcgiClientCodec
  extends RecordParser<FastcgiClientEvent>
  implements Codec<FastcgiClientEvent, FastcgiClientCommand>
{
  /** Active requests, and the last ended one of each id that is not active. */
  readonly #requests = new Map<number, ClientRequest>();
  readonly #block = new Block(); // content of a record that is read as a whole
  #active = 0;
  #asked = 0; // GET_VALUES that are not answered yet
  #everAsked = false;
  #sink: Sink = 'nothing';
  #id = 0; // of the record that is being read

  /** How many requests have begun and not ended. */
  get active(): number {
    return this.#active;
  }

  /**
   * Turns a command into bytes; none for a request that has ended already, whose application no
   * longer listens.
   *
   * @throws ProtocolError (blame `local`) `ERR_FASTCGI_COMMAND` for what cannot be written, or not now,
   *   `ERR_PROTOCOL_LATIN1` for a character above U+00FF
   */
  encode(command: FastcgiClientCommand): Uint8Array {
    if (command.type === 'get-values') return this.#getValues(command.names);
    const { id = 1 } = command;
    if (command.type === 'request') {
      const { role = Role.RESPONDER, keep, variables } = command;
      return this.#request(id, role, keep, variables);
    }
    const { type } = command;
    const request = this.#requests.get(id);
    if (request === undefined) throw refuse(`${type} of request ${id}, which was not begun`);
    if (request.answering === 'ended') return NOTHING;
    if (type === 'abort') return encodeRecord(RecordType.ABORT_REQUEST, id, NOTHING);
    if (!request.write(type)) throw refuse(`${type} of request ${id} cannot come now`);
    switch (type) {
      case 'body':
        return encodeStream(RecordType.STDIN, id, command.chunk);
      case 'body-end':
        return encodeRecord(RecordType.STDIN, id, NOTHING);
      case 'data':
        return encodeStream(RecordType.DATA, id, command.chunk);
      case 'data-end':
        return encodeRecord(RecordType.DATA, id, NOTHING);
    }
  }

  #request(id: number, role: Role, keep: boolean, variables: readonly string[]): Uint8Array {
    checkId(id, 1);
    const before = this.#requests.get(id);
    if (before && before.answering !== 'ended') throw refuse(`request ${id} is active`);
    const bytes = writeRequest(id, role, keep, variables);
    this.#requests.set(id, new ClientRequest(role));
    this.#active++;
    return bytes;
  }

  #getValues(names: readonly string[]): Uint8Array {
    const pairs = names.flatMap((name) => [name, '']);
    const bytes = encodeRecord(RecordType.GET_VALUES, 0, encodePairs(pairs));
    this.#asked++;
    this.#everAsked = true;
    return bytes;
  }

  protected override begin(
    type: number,
    id: number,
    size: number,
    _paddingLength: number,
    events: FastcgiClientEvent[],
  ): void {
    this.#id = id;
    this.#sink = 'nothing';
    if (id === 0) {
      this.#manage(type, size, events);
      return;
    }
    const request = this.#requests.get(id);
    if (request === undefined || request.answering === 'ended') {
      if (this.#active === 0) this.#fail(wrongState('a record', id, 'not active, as no other is'));
      return;
    }
    const input = inputOf(type, size);
    const machine: Machine = ANSWERING;
    const after = machine[request.answering]?.[input];
    if (after === undefined) this.#fail(wrongState(input, id, `${request.answering}`));
    switch (input) {
      case 'STDOUT':
        this.#sink = 'stdout';
        return;
      case 'STDERR':
        this.#sink = 'stderr';
        return;
      case 'STDOUT_END':
        request.answering = 'closed';
        return;
      case 'END_REQUEST':
        if (size !== HEADER_SIZE) this.#fail(wrongLength(input, size));
        this.#sink = 'end';
    }
  }

  protected override content(
    chunk: Uint8Array,
    start: number,
    end: number,
    last: boolean,
    events: FastcgiClientEvent[],
  ): void {
    const sink = this.#sink;
    switch (sink) {
      case 'stdout':
      case 'stderr':
        events.push({ type: sink, id: this.#id, chunk: view(chunk, start, end) });
        return;
      case 'end':
      case 'values':
      case 'unknown-type':
        this.#block.add(chunk, start, end);
        if (last) this.#takeBlock(sink, events);
        return;
      case 'nothing':
        return;
    }
  }

  protected override end(inside: boolean): void {
    if (!inside && this.#active === 0) return;
    const where = inside ? 'inside a record' : `with ${this.#active} requests active`;
    this.#fail(['ERR_FASTCGI_TRUNCATED', `the application stopped ${where}`]);
  }

  protected override refusal(code: string, message: string): ProtocolError {
    return new ProtocolError(code, message, { statusHint: 502 });
  }

  #manage(type: number, size: number, events: FastcgiClientEvent[]): void {
    if (type >= RecordType.BEGIN_REQUEST && type <= RecordType.DATA) this.#fail(wrongId(type));
    const isValues = type === RecordType.GET_VALUES_RESULT;
    // Go ends GET_VALUES_RESULT as if it were a stream.
    if (isValues && size === 0 && this.#asked === 0 && this.#everAsked) return;
    if (this.#active === 0 && this.#asked === 0)
      this.#fail(wrongState(`a record of type ${type}`, 0, 'not active, as no other is'));
    if (isValues) {
      this.#sink = 'values';
      if (size === 0) this.#takeBlock('values', events);
    } else if (type === RecordType.UNKNOWN_TYPE) {
      if (size !== HEADER_SIZE) this.#fail(wrongLength('UNKNOWN_TYPE', size));
      this.#sink = 'unknown-type';
    }
  }

  #takeBlock(sink: 'end' | 'values' | 'unknown-type', events: FastcgiClientEvent[]): void {
    const { bytes, start, end } = this.#block;
    const byte = (offset: number) => bytes[start + offset] as number;
    switch (sink) {
      case 'end': {
        const id = this.#id;
        const low = (byte(1) << 16) | (byte(2) << 8) | byte(3);
        const appStatus = byte(0) * 0x1_00_00_00 + low; // unsigned: a shift would make it negative
        (this.#requests.get(id) as ClientRequest).answering = 'ended';
        this.#active--;
        events.push({ type: 'end', id, appStatus, protocolStatus: byte(4) });
        break;
      }
      case 'values':
        this.#asked = Math.max(0, this.#asked - 1);
        events.push({ type: 'values', values: this.#readValues(bytes, start, end) });
        break;
      case 'unknown-type':
        this.#asked = Math.max(0, this.#asked - 1);
        events.push({ type: 'unknown-type', recordType: byte(0) });
    }
    this.#block.clear();
  }

  #readValues(bytes: Uint8Array, start: number, end: number): string[] {
    return readPairs(bytes, start, end) ?? this.#fail(['ERR_FASTCGI_PAIRS', OVERRUN]);
  }

  #fail([code, message]: readonly [code: string, message: string]): never {
    throw this.refusal(code, message);
  }
}

const NOTHING = new Uint8Array(0);
