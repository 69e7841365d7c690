// The client went away: one error for every place that has to say so.
import { SluiceError } from '@sluice/protocol';

/** The client went away before the response was complete; `cause` is what the connection reported. */
export class ClientLeftError extends SluiceError {
  /** @param cause - what the connection reported, if anything */
  constructor(cause?: unknown) {
    super(
      'ERR_GATEWAY_CLIENT_LEFT',
      'the client went away before the response was complete',
      cause,
    );
  }
}

/** Whether an error says so; that of an adapter may be of another copy of the class. */
export function isClientLeft(error: unknown): error is ClientLeftError {
  return (error as { code?: unknown } | null | undefined)?.code === 'ERR_GATEWAY_CLIENT_LEFT';
}
