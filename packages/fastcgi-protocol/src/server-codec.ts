// The application's side of a FastCGI connection (FastCGI 1.0, sections 3 to 6).
//
// Theory: the connection is a list of requests by id, each in a state of its table (reading.ts). A
// request is active from BEGIN_REQUEST until the command that ends it. If STDIN is not at its end by
// then, the request is kept as answered: the web server goes on sending, and its records must not be
// taken for those of nobody. An answered request is gone with the end of its STDIN, or when its id
// is used again. Records of no request are dropped and counted. A failure ends the whole connection.
import { type Codec, ProtocolError } from '@sluice/protocol';
import { admit } from './admission.ts';
import { writeEnd, writeStdout } from './answer-writer.ts';
import { Block } from './block.ts';
import { HEADER_SIZE, KEEP_CONN, ProtocolStatus, RecordType, type Role } from './constants.ts';
import { refuse, wrongId, wrongLength, wrongState } from './errors.ts';
import { writeUnknownType, writeValues } from './management.ts';
import { OVERRUN, readPairs } from './name-value-pairs.ts';
import { type Input, inputOf } from './reading.ts';
import { RecordParser } from './record-parser.ts';
import { encodeStderr } from './records.ts';
import { RequestTable } from './request-table.ts';
import { cutBody, endBody, takeBody, view } from './server-body.ts';
import type { FastcgiCommand, FastcgiEvent } from './server-messages.ts';
import { completeOptions, type FastcgiServerOptions } from './server-options.ts';
import { ServerRequest } from './server-request.ts';
import { startRequest } from './variables.ts';

/** What happens to the content of the record that is being read. */
type Sink = 'begin' | 'params' | 'stdin' | 'data' | 'values' | 'nothing' | 'surplus';

/** Reads the requests of a web server on one connection, and writes their answers. */
export class FastcgiServerCodec
  extends RecordParser<FastcgiEvent>
  implements Codec<FastcgiEvent, FastcgiCommand>
{
  readonly #options: Required<FastcgiServerOptions>;
  readonly #requests: RequestTable;
  readonly #block = new Block(); // content of a record that is read as a whole
  #keep = true;
  #failedId: number | undefined;
  #sink: Sink = 'nothing';
  #id = 0; // of the record that is being read
  #request: ServerRequest | undefined; // that its content belongs to

  /** @param options - what the application serves, and upper bounds */
  constructor(options: FastcgiServerOptions = {}) {
    super();
    this.#options = completeOptions(options);
    this.#requests = new RequestTable(this.#options.maxRequests);
  }

  /** How many requests have begun and not been ended by a command. */
  get active(): number {
    return this.#requests.active;
  }

  /** Whether no request of this connection, refused ones included, came without KEEP_CONN so far. */
  get keep(): boolean {
    return this.#keep;
  }

  /** The active request that an error with a `statusHint` is about: it can be answered before the connection is closed. */
  get failedId(): number | undefined {
    return this.#failedId;
  }

  /** Whether STDIN of a request is open: only then can its connection be upgraded. */
  upgradable(id: number): boolean {
    return this.#requests.find(id)?.state === 'stdin';
  }

  /**
   * Lets STDIN of a request bring bytes beyond CONTENT_LENGTH from now on: those of an upgraded
   * connection. They end with STDIN, or with the connection: lighttpd does not end the stream.
   *
   * @param id - the request
   */
  upgrade(id: number): void {
    const request = this.#requests.find(id);
    if (request?.state !== 'stdin') return;
    request.due = Number.POSITIVE_INFINITY;
    request.upgraded = true;
  }

  /**
   * Turns a command into bytes.
   *
   * @throws ProtocolError (blame `local`) `ERR_FASTCGI_COMMAND` when the request is not active,
   *   `ERR_PROTOCOL_LATIN1` when `head` holds a character above U+00FF
   */
  encode(command: FastcgiCommand): Uint8Array {
    const { id } = command;
    const request = this.#requests.find(id);
    if (request === undefined || request.answered) throw refuse(`request ${id} is not active`);
    switch (command.type) {
      case 'stdout': {
        const { head = '', chunk = EMPTY, last, appStatus = 0 } = command;
        const bytes = writeStdout(id, head, chunk, last, request.stderr, appStatus);
        if (last) this.#requests.end(request);
        return bytes;
      }
      case 'stderr':
        request.stderr ||= command.chunk.length > 0;
        return encodeStderr(id, command.chunk);
      case 'end': {
        const { appStatus = 0, protocolStatus = ProtocolStatus.REQUEST_COMPLETE } = command;
        this.#requests.end(request);
        return writeEnd(id, request.stderr, appStatus, protocolStatus);
      }
    }
  }

  protected override begin(
    type: number,
    id: number,
    size: number,
    _paddingLength: number,
    events: FastcgiEvent[],
  ): void {
    this.#id = id;
    const request = this.#requests.find(id);
    if (id === 0) this.#manage(type, size, events);
    else if (type === RecordType.BEGIN_REQUEST) this.#expectBegin(request, size);
    else if (request === undefined) this.#drop(events);
    else this.#move(request, inputOf(type, size), size, events);
  }

  protected override content(
    chunk: Uint8Array,
    start: number,
    end: number,
    last: boolean,
    events: FastcgiEvent[],
  ): void {
    const request = this.#request as ServerRequest;
    switch (this.#sink) {
      case 'params':
        request.params.add(chunk, start, end);
        return;
      case 'stdin':
        takeBody(request, chunk, start, end, events);
        return;
      case 'data':
        events.push({ type: 'data', id: request.id, chunk: view(chunk, start, end) });
        return;
      case 'begin':
      case 'values':
        this.#block.add(chunk, start, end);
        if (last) this.#takeBlock(events);
        return;
      case 'surplus':
        events.push({ type: 'surplus', size: end - start });
        return;
      case 'nothing':
        return;
    }
  }

  protected override end(inside: boolean, events: FastcgiEvent[]): void {
    let cut = inside;
    for (const request of this.#requests.actives()) {
      if (request.state === 'params') cut = true;
      else if (request.state === 'data' || !request.bodyEnded) cutBody(request, inside, events);
      request.state = 'done';
    }
    if (cut) this.#fail(['ERR_FASTCGI_TRUNCATED', 'the peer stopped inside a record or a head']);
  }

  protected override refusal(code: string, message: string): ProtocolError {
    return new ProtocolError(code, message);
  }

  /** Moves a request on by the record whose header was read. */
  #move(request: ServerRequest, input: Input, size: number, events: FastcgiEvent[]): void {
    const before = request.state;
    const after = request.machine[before][input];
    if (after === undefined && !request.answered)
      this.#fail(wrongState(input, request.id, `at ${before}`));
    if (after === undefined || before === 'aborted') {
      this.#drop(events);
      return;
    }
    request.state = after;
    this.#request = request;
    if (request.answered) this.#requests.forgetComplete(request);
    switch (input) {
      case 'PARAMS':
        if (request.params.size + size > this.#options.maxParamsBytes) {
          this.#failedId = request.id;
          const message = `parameters of more than ${this.#options.maxParamsBytes} bytes`;
          throw new ProtocolError('ERR_FASTCGI_PARAMS_TOO_LARGE', message, { statusHint: 431 });
        }
        this.#sink = 'params';
        return;
      case 'PARAMS_END':
        this.#start(request, events);
        return;
      case 'STDIN':
        this.#sink = 'stdin';
        return;
      case 'STDIN_END':
        endBody(request, events);
        return;
      case 'DATA':
        this.#sink = 'data';
        return;
      case 'DATA_END':
        if (before === 'data') events.push({ type: 'data-end', id: request.id });
        else this.#drop(events);
        return;
      case 'ABORT_REQUEST':
        this.#sink = 'surplus';
        this.#abort(request, before, events);
        return;
      default:
        this.#drop(events);
    }
  }

  #expectBegin(before: ServerRequest | undefined, size: number): void {
    if (size !== HEADER_SIZE) this.#fail(wrongLength('BEGIN_REQUEST', size));
    if (before && !before.answered) this.#fail(wrongState('BEGIN_REQUEST', before.id, 'active'));
    this.#sink = 'begin';
  }

  /** Drops the record whose header was read; it is counted, so that the caller can set it a limit. */
  #drop(events: FastcgiEvent[]): void {
    events.push({ type: 'surplus', size: HEADER_SIZE });
    this.#sink = 'surplus';
  }

  #manage(type: number, size: number, events: FastcgiEvent[]): void {
    if (type >= RecordType.BEGIN_REQUEST && type <= RecordType.DATA) this.#fail(wrongId(type));
    if (type === RecordType.GET_VALUES) {
      this.#sink = 'values';
      if (size === 0) this.#takeBlock(events);
    } else {
      this.#sink = 'nothing';
      events.push({ type: 'reply', bytes: writeUnknownType(type) });
    }
  }

  #takeBlock(events: FastcgiEvent[]): void {
    const { bytes, start, end } = this.#block;
    if (this.#sink === 'begin') {
      this.#beginRequest(bytes, start, events);
    } else {
      const asked = readPairs(bytes, start, end);
      if (!asked) this.#fail(['ERR_FASTCGI_PAIRS', OVERRUN]);
      events.push({ type: 'reply', bytes: writeValues(asked, this.#options) });
    }
    this.#block.clear();
  }

  #beginRequest(bytes: Uint8Array, at: number, events: FastcgiEvent[]): void {
    const role = ((bytes[at] as number) << 8) | (bytes[at + 1] as number);
    const keep = ((bytes[at + 2] as number) & KEEP_CONN) !== 0;
    if (!keep) this.#keep = false;
    const status = admit(role, this.#requests.active, this.#options);
    if (status === ProtocolStatus.REQUEST_COMPLETE) {
      this.#requests.add(new ServerRequest(this.#id, role as Role, keep));
    } else {
      events.push({ type: 'reply', bytes: writeEnd(this.#id, false, 0, status) });
    }
  }

  /** The parameters are complete. */
  #start(request: ServerRequest, events: FastcgiEvent[]): void {
    this.#failedId = request.id; // as long as what it says is not known to be right
    events.push(startRequest(request, this.#options.maxParams));
    this.#failedId = undefined;
  }

  #abort(request: ServerRequest, before: string, events: FastcgiEvent[]): void {
    const { id } = request;
    if (request.answered) {
      // The answer and the abort crossed: nothing more of this request will come.
      if (!request.bodyEnded) events.push({ type: 'end', id });
    } else if (before === 'params') {
      // Nobody has heard of this request yet, so nobody else can answer.
      this.#requests.end(request);
      const bytes = writeEnd(id, false, 0, ProtocolStatus.REQUEST_COMPLETE);
      events.push({ type: 'reply', bytes });
    } else {
      request.bodyEnded = true;
      events.push({ type: 'abort', id });
    }
  }

  /** Fails with an error that no answer fits. */
  #fail([code, message]: readonly [code: string, message: string]): never {
    throw this.refusal(code, message);
  }
}

const EMPTY = new Uint8Array(0);
