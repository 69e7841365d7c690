// STDIN as the body of a request (FastCGI 1.0, section 6.2): bounded by CONTENT_LENGTH and by its own end.
import { ProtocolError } from '@sluice/protocol';
import type { FastcgiEvent } from './server-messages.ts';
import type { ServerRequest } from './server-request.ts';

/** Takes the bytes of `chunk` from `start` to `end` for the body; what is beyond CONTENT_LENGTH is surplus. */
export function takeBody(
  request: ServerRequest,
  chunk: Uint8Array,
  start: number,
  end: number,
  events: FastcgiEvent[],
): void {
  const { id, due } = request;
  const stop = end - start > due ? start + due : end;
  if (stop > start) {
    request.due = due - (stop - start);
    events.push({ type: 'body', id, chunk: view(chunk, start, stop) });
  }
  if (end > stop) events.push({ type: 'surplus', size: end - stop });
}

/** Takes the end of STDIN, which is the end of the body: a connection that is closed before it would be reset. */
export function endBody(request: ServerRequest, events: FastcgiEvent[]): void {
  if (request.bodyEnded) return;
  const { due } = request;
  // Nobody reads the body of an answered request: that it ends is all there is to say.
  if (due === 0 || due === Number.POSITIVE_INFINITY || request.answered) {
    reportEnd(request, events);
  } else {
    truncate(request, `STDIN ended with ${due} bytes of body to come`, events);
  }
}

/** Takes the end of the connection before that of STDIN, `inside` a record or between two. */
export function cutBody(request: ServerRequest, inside: boolean, events: FastcgiEvent[]): void {
  const { due, upgraded, state } = request;
  if (state === 'stdin' && (due === 0 || (upgraded && !inside))) reportEnd(request, events);
  else truncate(request, 'the peer stopped inside the input of a request', events);
}

/** Reports that the body will not come as announced. */
function truncate(request: ServerRequest, message: string, events: FastcgiEvent[]): void {
  request.bodyEnded = true;
  const error = new ProtocolError('ERR_FASTCGI_TRUNCATED', message, { statusHint: 400 });
  events.push({ type: 'truncated', id: request.id, error });
}

/** A part of a chunk without a copy. */
export function view(chunk: Uint8Array, start: number, end: number): Uint8Array {
  return start === 0 && end === chunk.length ? chunk : chunk.subarray(start, end);
}

function reportEnd(request: ServerRequest, events: FastcgiEvent[]): void {
  request.bodyEnded = true;
  const { id } = request;
  const last: { type: string; id?: number; ended?: boolean } | undefined = events.at(-1);
  // Nothing came between the request and the end of its body: the application can be told at once.
  if (last?.type === 'request' && last.id === id) last.ended = true;
  else events.push({ type: 'end', id });
}
