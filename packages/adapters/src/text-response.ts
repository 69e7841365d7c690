// The slow way to take a response of node:http: it writes its text to a socket, and the text is read again.
import { type IncomingMessage, ServerResponse } from 'node:http';
import type { RequestSocket } from './request-socket.ts';
import { isSentHeader } from './response-head.ts';
import type { ResponseTaker } from './response-taker.ts';
import { HeadReader } from './response-text.ts';

/**
 * An `http.ServerResponse` that works with any version of Node.js. Where the application gives no
 * Content-Length there is none, 'finish' comes a little earlier, and a body that the application itself
 * announces as chunked is not understood.
 */
export function textResponse(
  request: IncomingMessage,
  socket: RequestSocket,
  taker: ResponseTaker,
): ServerResponse {
  const response = new ServerResponse(request);
  // As for a client of HTTP/1.0: the body is neither in chunks nor followed by another response.
  Object.assign(response, { useChunkedEncodingByDefault: false, shouldKeepAlive: false });
  response.sendDate = false;
  let reader: HeadReader | undefined = new HeadReader();
  socket.sink = (bytes, done) => {
    let rest = bytes;
    const isHead = reader !== undefined;
    while (reader) {
      const head = reader.read(rest);
      if (!head) return done();
      rest = head.rest;
      const isInterim = head.status.startsWith('1');
      reader = isInterim ? new HeadReader() : undefined;
      if (isInterim) continue;
      taker.begin(
        head.status,
        head.headers.filter(([name]) => isSentHeader(name)),
      );
    }
    if (rest.length > 0) taker.take(rest, 'utf8', done);
    else {
      if (isHead) taker.take(rest, 'utf8', undefined);
      done();
    }
  };
  socket.on('drain', () => {
    if (!response.writableEnded && response.writableNeedDrain) response.emit('drain');
  });
  response.on('finish', () => taker.end());
  response.assignSocket(socket);
  socket.ownListeners = socket.listenerCount('close');
  return response;
}
