// What actions are refused with.
import { ProtocolError } from '@sluice/protocol';

/** The ProtocolError that an action throws; it must throw one. */
export function failure(action: () => unknown): ProtocolError {
  try {
    action();
  } catch (error) {
    if (error instanceof ProtocolError) return error;
    throw error;
  }
  throw new Error('nothing was refused');
}

/** The ProtocolError that one of several chunks is refused with. */
export function refusal(
  codec: { feed(chunk: Uint8Array): unknown },
  chunks: Iterable<Uint8Array>,
): ProtocolError {
  return failure(() => {
    for (const chunk of chunks) codec.feed(chunk);
  });
}
