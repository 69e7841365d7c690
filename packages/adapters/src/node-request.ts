// A request of node:http made of an environ.
import { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import type { Environ, InputStream } from '@sluice/gateway';
import { requestFields } from './request-fields.ts';

const INPUT: unique symbol = Symbol('sluice.input');

/** What of an IncomingMessage is not in its types. */
interface Internal {
  [INPUT]: InputStream;
  _read: (this: IncomingMessage & Internal) => void;
  _consuming: boolean;
  readonly _readableState: { readingMore: boolean };
  _addHeaderLines?(lines: readonly string[], count: number): void;
}

/**
 * An `http.IncomingMessage` that reads `wsgi.input` on demand. What it needs are properties of its own,
 * since Express and others exchange the prototype.
 */
export function nodeRequest(environ: Environ, socket: Socket, url: string): IncomingMessage {
  const request = new IncomingMessage(socket) as IncomingMessage & Internal;
  request.method = environ.REQUEST_METHOD;
  request.url = url;
  // What is in front may speak HTTP/2 to the client; these objects do not.
  request.httpVersion = environ.SERVER_PROTOCOL === 'HTTP/1.0' ? '1.0' : '1.1';
  request.httpVersionMajor = 1;
  request.httpVersionMinor = request.httpVersion === '1.0' ? 0 : 1;
  const { raw, headers } = requestFields(environ);
  if (request._addHeaderLines) request._addHeaderLines(raw, raw.length);
  else request.rawHeaders = raw;
  request.headers = headers as IncomingMessage['headers'];
  request[INPUT] = environ['wsgi.input'];
  request._read = readBody;
  return request;
}

function readBody(this: IncomingMessage & Internal): void {
  if (!this._consuming) {
    this._readableState.readingMore = false; // as IncomingMessage itself does
    this._consuming = true;
  }
  const input = this[INPUT];
  if (input.isEmpty) end(this);
  else pull(this, input);
}

function pull(request: IncomingMessage, input: InputStream): void {
  input.readSome().then(
    (block) => {
      if (request.destroyed) return;
      if (block.length > 0) request.push(block);
      else end(request);
    },
    (error) => request.destroy(error),
  );
}

function end(request: IncomingMessage): void {
  request.complete = true;
  request.push(null);
}
