// Waiting until a stream takes more.
import type { OutgoingMessage } from 'node:http';
import type { Writable } from 'node:stream';
import { ClientLeftError } from '@sluice/gateway';

/**
 * Settles when what is written to a stream may go on.
 *
 * @throws ClientLeftError when the stream is destroyed
 */
export async function drained(stream: Writable | OutgoingMessage): Promise<void> {
  if (stream.destroyed) throw new ClientLeftError();
  if (!stream.writableNeedDrain) return;
  await new Promise<void>((resolve, reject) => {
    const settle = () => {
      stream.off('drain', settle);
      stream.off('close', settle);
      if (stream.destroyed) reject(new ClientLeftError());
      else resolve();
    };
    stream.on('drain', settle);
    stream.on('close', settle);
  });
}
