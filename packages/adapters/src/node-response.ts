// A response of node:http whose head and blocks go to a gateway, and are never made HTTP text.
//
// Theory: ServerResponse keeps its own write(), end(), writeHead() and all that frameworks patch. Below
// them are four methods that meet the socket, and these are replaced: _storeHeader makes the head,
// _send takes bytes, _writeRaw takes interim responses, _finish is the end. They are properties of each
// response, since Express and others exchange the prototype. Their names are no promise of Node.js, though
// they are the same since its first versions: where they do not do what they did, text-response.ts is used.
import { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { RequestSocket } from './request-socket.ts';
import { type CollectedHeaders, collectedHeaders, givenHeaders } from './response-head.ts';
import type { ResponseTaker } from './response-taker.ts';
import { textResponse } from './text-response.ts';

type Done = (error?: Error) => void;
type Encoding = BufferEncoding | null | undefined;

const ANSWER: unique symbol = Symbol('sluice.answer');

/** What of a ServerResponse is not in its types. */
interface Internal {
  [ANSWER]: ResponseTaker;
  _header: string | null;
  _contentLength: number | null;
  readonly _hasBody: boolean;
  readonly _removedContLen: boolean;
  _closed: boolean;
  _storeHeader(statusLine: string, headers: unknown): void;
  _send(data: string | Uint8Array, encoding?: Encoding | Done, done?: Done): boolean;
  _writeRaw(data: string | Uint8Array, encoding?: Encoding | Done, done?: Done): boolean;
  _finish(): void;
}
type InternalResponse = Omit<ServerResponse, 'socket'> & Internal & { socket: unknown };

/** No socket is made for what has none to meet. */
const request = new IncomingMessage(undefined as unknown as Socket);
const sample = new ServerResponse(request);
const symbols = Object.getOwnPropertySymbols(sample);
const COLLECTED = named('kOutHeaders');
const NEEDS_DRAIN = named('kNeedDrain');
const finish = (ServerResponse.prototype as unknown as Internal)._finish;

function named(description: string): symbol | undefined {
  return symbols.find((symbol) => symbol.description === description);
}

/** An `http.ServerResponse` whose answer goes to `answer`. */
export function nodeResponse(
  request: IncomingMessage,
  socket: RequestSocket,
  answer: ResponseTaker,
): ServerResponse {
  if (!areKnown) return textResponse(request, socket, answer);
  const response = new ServerResponse(request) as unknown as InternalResponse;
  response[ANSWER] = answer;
  replaceMethods(response);
  response.socket = socket;
  socket._httpMessage = response;
  return response as unknown as ServerResponse;
}

function replaceMethods(response: InternalResponse): void {
  response._storeHeader = storeHeader;
  response._send = send;
  response._writeRaw = dropInterim;
  response._finish = end;
}

/** Whether this version of Node.js calls the four methods as it should. */
const areKnown = tryOut();

function tryOut(): boolean {
  const calls: unknown[] = [];
  const response = new ServerResponse(request) as unknown as InternalResponse;
  response[ANSWER] = {
    begin: (status, headers) => calls.push(status, ...headers.flat()),
    take: (data) => calls.push(data) > 0,
    end: () => calls.push('end'),
  };
  replaceMethods(response);
  const socket = {
    _httpMessage: response,
    cork() {},
    uncork() {},
    _writableState: {},
    writable: true,
  };
  response.socket = socket;
  const ordinary = response as unknown as ServerResponse;
  ordinary.setHeader('a', 'b').end('c');
  return calls.filter((call) => call !== '').join() === '200 OK,a,b,Content-Length,1,c,end';
}

/** The response is complete, or given up: it has no socket any more. */
export function closeResponse(response: ServerResponse): void {
  const internal = response as unknown as InternalResponse;
  if (internal._closed) return;
  internal._closed = true;
  internal.socket = null;
  response.destroyed = true;
  response.emit('close');
}

/** Tells whoever has waited that more may be written. */
export function drainResponse(response: ServerResponse): void {
  const state = response as unknown as Record<symbol, boolean>;
  if (response.writableEnded || !response.writableNeedDrain) return;
  if (NEEDS_DRAIN) state[NEEDS_DRAIN] = false;
  response.emit('drain');
}

function storeHeader(this: InternalResponse, statusLine: string, headers: unknown): void {
  const collected = COLLECTED && (this as unknown as Record<symbol, unknown>)[COLLECTED];
  const list =
    headers === collected && headers
      ? collectedHeaders(headers as CollectedHeaders)
      : givenHeaders(headers);
  const length = list.find(([name]) => name.length === 14 && isContentLength(name));
  if (length) this._contentLength = Number(length[1]);
  else if (this._contentLength !== null && this._hasBody && !this._removedContLen)
    list.push(['Content-Length', String(this._contentLength)]); // end() has the whole body
  this[ANSWER].begin(statusLine.slice('HTTP/1.1 '.length, -2), list);
  this._header = `${statusLine}\r\n`; // what asks for it only asks whether it is there
}

function isContentLength(name: string): boolean {
  return name.toLowerCase() === 'content-length';
}

function send(
  this: InternalResponse,
  data: string | Uint8Array,
  encoding?: Encoding | Done,
  done?: Done,
): boolean {
  const given = typeof encoding === 'function' ? encoding : done;
  return this[ANSWER].take(data, typeof encoding === 'string' ? encoding : 'utf8', given);
}

/** 100 Continue, 102, 103: there is no way for them. */
function dropInterim(
  this: InternalResponse,
  _data: string | Uint8Array,
  encoding?: Encoding | Done,
  done?: Done,
): boolean {
  const given = typeof encoding === 'function' ? encoding : done;
  if (given) process.nextTick(given);
  return true;
}

function end(this: InternalResponse): void {
  this[ANSWER].end();
  finish.call(this as unknown as Internal);
}
