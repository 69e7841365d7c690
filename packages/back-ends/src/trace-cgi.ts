// Shows what passes between us and a CGI script: its environment, its input, and the head of its answer.
import { fromLatin1 } from '@sluice/protocol';
import type { Tracer } from './back-end.ts';
import { sizeText, variableLines } from './trace-lines.ts';
import { MessageTrace } from './trace-message.ts';

/** An environment as bytes, as a process has it: `NAME=value`, each with its NUL, and one NUL more. */
export function environmentBlock(environment: NodeJS.ProcessEnv): Uint8Array {
  const entries = Object.entries(environment).map(([name, value]) => `${name}=${value}\0`);
  return Buffer.from(`${entries.join('')}\0`);
}

const BLOCK = /^(?:[A-Z_][A-Z0-9_]*=[^\0]*\0)+\0$/;

/** Makes a tracer of one request to a script. A local redirect starts another script. */
export function traceCgi(): Tracer {
  let answer = new MessageTrace();
  return {
    sent(bytes) {
      const text = fromLatin1(bytes);
      if (!BLOCK.test(text)) return [`${sizeText(bytes.length)} of body, on standard input`];
      answer = new MessageTrace();
      const entries = text.slice(0, -2).split('\0');
      const pairs = entries.flatMap((entry) => {
        const equals = entry.indexOf('=');
        return [entry.slice(0, equals), entry.slice(equals + 1)];
      });
      return [`environment of ${entries.length} variables`, ...variableLines(pairs)];
    },
    received: (bytes) => answer.take(bytes),
    finish: () => answer.finish(),
  };
}
