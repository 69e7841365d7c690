// Shows what passes on an SCGI connection: the netstring of headers, and the answer's head.
import { type ScgiEvent, ScgiServerCodec } from 'scgi-protocol';
import type { Tracer } from './back-end.ts';
import { brokenLines, sizeText, variableLines } from './trace-lines.ts';
import { MessageTrace } from './trace-message.ts';

const ALL = { maxHeaderBytes: 16_777_216, maxHeaders: 100_000 }; // whatever was sent is shown

/** Makes a tracer of one SCGI connection. */
export function traceScgi(): Tracer {
  const request = new ScgiServerCodec(ALL);
  const answer = new MessageTrace();
  let isLost = false;
  return {
    sent(bytes) {
      if (isLost) return [sizeText(bytes.length)];
      try {
        return request.feed(bytes).flatMap(linesOf);
      } catch (error) {
        isLost = true;
        return brokenLines(error, bytes);
      }
    },
    received: (bytes) => answer.take(bytes),
    finish: () => answer.finish(),
  };
}

function linesOf(event: ScgiEvent): string[] {
  switch (event.type) {
    case 'request': {
      const { variables, contentLength } = event;
      const size = variables.reduce((sum, text) => sum + text.length + 1, 0);
      const title = `netstring of ${sizeText(size)}, ${variables.length / 2} headers, ${sizeText(contentLength)} of body to follow`;
      return [title, ...variableLines(variables)];
    }
    case 'body':
      return [`${sizeText(event.chunk.length)} of body`];
    case 'end':
      return [];
    case 'surplus':
      return [`${sizeText(event.size)} behind the body`];
  }
}
