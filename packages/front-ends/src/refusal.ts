// What a peer is told whose bytes could not be read as a request.
import { statusPage } from '@sluice/gateway';
import type { ProtocolError } from '@sluice/protocol';
import type { Channel } from './front-end.ts';

/** The answer to bytes that break the protocol, in its own form; nothing when none can be framed. */
export function refusal(channel: Channel, { statusHint }: ProtocolError): readonly Uint8Array[] {
  if (statusHint === undefined) return [];
  const page = statusPage(statusHint);
  return channel.refuse({ head: page, chunk: page.body, last: true });
}
