// A response part as CGI answers are written (RFC 3875, section 6): SCGI, CGI, and whoever else wraps it.
import type { ResponsePart } from '@sluice/gateway';
import { encodeHttpHead, encodeResponseHead } from 'cgi-protocol';

const ONE_WRITE = 16384; // a first block up to this size is copied behind the head: one write is cheaper than two

/** The pieces to send for a part, begun by a `Status` field: the head together with a small first block, in one piece. */
export function cgiAnswer(part: ResponsePart): readonly Uint8Array[] {
  return answer(part, part.head ? encodeResponseHead(part.head.status, part.head.headers) : '');
}

/** The same, begun by a status line as HTTP has it, for protocols that want one. */
export function httpAnswer(part: ResponsePart): readonly Uint8Array[] {
  return answer(part, part.head ? encodeHttpHead(part.head.status, part.head.headers) : '');
}

function answer({ chunk }: ResponsePart, block: string): readonly Uint8Array[] {
  if (block === '') return chunk ? [chunk] : [];
  if (!chunk) return [Buffer.from(block, 'latin1')];
  if (chunk.length > ONE_WRITE) return [Buffer.from(block, 'latin1'), chunk];
  const whole = Buffer.allocUnsafe(block.length + chunk.length);
  whole.write(block, 0, 'latin1');
  whole.set(chunk, block.length);
  return [whole];
}
