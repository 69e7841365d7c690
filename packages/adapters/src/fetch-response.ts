// A Response as the answer of an application.
import {
  ClientLeftError,
  type Environ,
  isHopByHop,
  type ResponseBody,
  type ResponseHeaders,
  type StartResponse,
  type Write,
} from '@sluice/gateway';
import { GatewayError } from '@sluice/protocol';
import { typeOf } from './export-shapes.ts';
import { LightResponse, type ResponseParts } from './light-response.ts';
import { statusOf } from './request-url.ts';

const NOTHING = Buffer.alloc(0);

/**
 * Begins an answer with a Response, and gives its body.
 *
 * @throws GatewayError `ERR_ADAPTER_RESPONSE` when it is no Response
 */
export function answerWith(
  response: unknown,
  environ: Environ,
  startResponse: StartResponse,
): ResponseBody | Promise<ResponseBody> {
  const { status, statusText, headers, body } = partsOf(response);
  const list: ResponseHeaders = [];
  for (const [name, value] of headers) if (isSent(name)) list.push([name, value]);
  const write = startResponse(statusOf(status, statusText), list);
  if (body === null) return [];
  if (typeof body === 'string' || body instanceof Uint8Array) return [body];
  if (environ.REQUEST_METHOD === 'HEAD') {
    body.cancel().catch(() => {});
    return [];
  }
  return pump(body, write, environ['sluice.signal']);
}

function isSent(name: string): boolean {
  return name !== 'status' && !isHopByHop(name);
}

function partsOf(response: unknown): ResponseParts {
  if (typeof response === 'object' && response !== null) {
    const parts = LightResponse.parts(response);
    if (parts) return parts;
    const { status, statusText, headers, body } = response as Response; // of whatever class
    if (typeof status === 'number' && typeof headers?.[Symbol.iterator] === 'function')
      return { status, statusText, headers, body };
  }
  throw new GatewayError(
    'ERR_ADAPTER_RESPONSE',
    `the Fetch handler returned ${typeOf(response)}, not a Response`,
  );
}

/**
 * Writes a stream block by block. A head goes ahead of a first block that is not there at once, and a first
 * block that nothing follows at once goes then; one that is all is returned, so that its length is known.
 */
async function pump(
  stream: ReadableStream<Uint8Array>,
  write: Write,
  signal: AbortSignal,
): Promise<ResponseBody> {
  const reader = stream.getReader();
  const leave = () => {
    reader.cancel(signal.reason).catch(() => {}); // ends the read under way
  };
  if (signal.aborted) leave();
  signal.addEventListener('abort', leave);
  let first: Uint8Array | undefined;
  let written: ReturnType<Write> | undefined;
  const flush = () => {
    written = write(first ?? NOTHING);
    Promise.resolve(written).catch(() => {}); // whoever waits for it is told
    first = undefined;
  };
  let ahead = setImmediate(flush);
  try {
    for (let count = 0; ; count++) {
      const { done, value } = await reader.read();
      clearImmediate(ahead);
      if (signal.aborted) throw new ClientLeftError(signal.reason);
      if (done) return first ? [first] : [];
      const block = bytesOf(value);
      if (count === 0 && written === undefined) {
        first = block;
        ahead = setImmediate(flush);
        continue;
      }
      if (first) flush();
      await written;
      written = write(block);
      await written;
    }
  } catch (error) {
    if (first && !signal.aborted) flush(); // a client learns by it that the answer is cut short
    reader.cancel(error).catch(() => {});
    throw error;
  } finally {
    clearImmediate(ahead);
    signal.removeEventListener('abort', leave);
  }
}

function bytesOf(block: unknown): Uint8Array {
  if (block instanceof Uint8Array) return block;
  // The standard forbids it, other servers do not: applications do it.
  if (typeof block === 'string') return Buffer.from(block);
  throw new GatewayError(
    'ERR_ADAPTER_RESPONSE',
    `the stream of a Response gave ${typeOf(block)}, not a Uint8Array`,
  );
}
