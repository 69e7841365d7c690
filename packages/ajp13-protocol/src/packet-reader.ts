// Cuts one direction of a connection into packets, whatever they mean.
import { ProtocolError } from '@sluice/protocol';
import { HEADER_SIZE, PacketFeed } from './packet-feed.ts';
import type { Magic } from './tables.ts';

/** Cuts what one side sends into payloads, for tools that show a conversation (AJP/1.3, "Basic Packet Structure"). */
export class PacketReader extends PacketFeed<Uint8Array> {
  /**
   * @param magic - whose packets they are
   * @param maxPacketSize - the longest packet, header included, 8192 by default
   * @throws ProtocolError `ERR_AJP13_OPTION` (blame `local`) for a packet size that no peer has
   */
  constructor(magic: Magic, maxPacketSize?: number) {
    super(magic, maxPacketSize);
  }

  /** The peer sent its last byte. @throws ProtocolError `ERR_AJP13_TRUNCATED` inside a packet */
  finish(): void {
    if (!this.incomplete) return;
    this.stop();
    throw new ProtocolError('ERR_AJP13_TRUNCATED', 'the peer stopped inside a packet');
  }

  protected override read(
    bytes: Uint8Array,
    at: number,
    end: number,
    payloads: Uint8Array[],
  ): number {
    if (end - at < HEADER_SIZE) return -HEADER_SIZE;
    const start = at + HEADER_SIZE;
    const stop = start + this.payloadSize(bytes, at);
    if (stop > end) return at - stop;
    payloads.push(bytes.subarray(start, stop));
    return stop;
  }

  protected override pass(): void {}
}
