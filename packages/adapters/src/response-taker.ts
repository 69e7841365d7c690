// What becomes of a response of node:http.
import type { ResponseHeaders } from '@sluice/gateway';

/** Called when something is done, or has failed. */
export type Done = (error?: Error) => void;

/** Takes head, bytes and end of one response. */
export interface ResponseTaker {
  /** The head; hop-by-hop headers are left out. @throws what the application shall see */
  begin(status: string, headers: ResponseHeaders): void;
  /** Bytes of the body, or none with the wish that the head be sent. Returns false when they are enough for now. */
  take(data: string | Uint8Array, encoding: BufferEncoding, done: Done | undefined): boolean;
  /** Nothing follows any more. */
  end(): void;
}
