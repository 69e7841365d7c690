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
import { LightResponse, type ResponseParts } from './light-response.ts';
import { typeOf } from './node-source.ts';
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

/** Writes a stream block by block. Its head goes ahead of a first block that is not there at once. */
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
  const ahead = setImmediate(write, NOTHING);
  try {
    for (;;) {
      const { done, value } = await reader.read();
      clearImmediate(ahead);
      if (signal.aborted) throw new ClientLeftError(signal.reason);
      if (done) return [];
      await write(bytesOf(value));
    }
  } catch (error) {
    reader.cancel(error).catch(() => {});
    throw error;
  } finally {
    clearImmediate(ahead);
    signal.removeEventListener('abort', leave);
  }
}

function bytesOf(block: unknown): Uint8Array {
  if (block instanceof Uint8Array) return block;
  throw new GatewayError(
    'ERR_ADAPTER_RESPONSE',
    `the stream of a Response gave ${typeOf(block)}, not a Uint8Array`,
  );
}
