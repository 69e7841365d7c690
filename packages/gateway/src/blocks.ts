// What applications return, taken apart: bodies into blocks, blocks into bytes.
import { GatewayError } from '@sluice/protocol';
import type { Chunk, ResponseBody } from './application.ts';
import { describeValue } from './start-response.ts';

/** The iterator of a body. @throws GatewayError `ERR_GATEWAY_BODY` when it has none */
export function iteratorOf(body: ResponseBody): Iterator<Chunk> | AsyncIterator<Chunk> {
  const list = body as Partial<AsyncIterable<Chunk> & Iterable<Chunk>>;
  const iterator = list[Symbol.asyncIterator]?.() ?? list[Symbol.iterator]?.();
  if (!iterator) throw notABody(body);
  return iterator;
}

/** The error for something that is no body. */
export function notABody(body: unknown): GatewayError {
  const what =
    typeof body === 'string'
      ? 'a string'
      : body instanceof Uint8Array
        ? 'a single block'
        : describeValue(body);
  return new GatewayError(
    'ERR_GATEWAY_BODY',
    `the application returned ${what}; return a list or a stream of blocks, such as [Buffer.from('…')]`,
  );
}

/** The bytes of a block. @throws GatewayError `ERR_GATEWAY_BODY` when it is none */
export function toBytes(chunk: Chunk): Uint8Array {
  if (typeof chunk === 'string') return Buffer.from(chunk);
  if (chunk instanceof Uint8Array) return chunk;
  throw new GatewayError(
    'ERR_GATEWAY_BODY',
    `a block of the body is ${typeof chunk}, not bytes or a string`,
  );
}
