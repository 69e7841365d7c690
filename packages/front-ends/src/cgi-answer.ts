// A response part as CGI answers are written (RFC 3875, section 6): SCGI, CGI, and whoever else wraps it.
import type { ResponsePart } from '@sluice/gateway';
import { encodeResponseHead } from 'cgi-protocol';

const ONE_WRITE = 16384; // a first block up to this size is copied behind the head: one write is cheaper than two

/** The pieces to send for a part: the head together with a small first block, in one piece. */
export function cgiAnswer(part: ResponsePart): readonly Uint8Array[] {
  const { head, chunk } = part;
  if (!head) return chunk ? [chunk] : [];
  const block = encodeResponseHead(head.status, head.headers);
  if (!chunk) return [Buffer.from(block, 'latin1')];
  if (chunk.length > ONE_WRITE) return [Buffer.from(block, 'latin1'), chunk];
  const whole = Buffer.allocUnsafe(block.length + chunk.length);
  whole.write(block, 0, 'latin1');
  whole.set(chunk, block.length);
  return [whole];
}
