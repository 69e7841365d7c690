// The stack of somebody's error without the frames of Node.js and of Sluice, which say nothing to them.
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';

const HERE = dirname(fileURLToPath(import.meta.url));

/** An error as a person should see it whose module, or whose factory, has thrown it. */
export function ownStack(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const lines = (error.stack ?? error.message).split('\n');
  return lines.filter((line) => !isForeign(line)).join('\n');
}

function isForeign(line: string): boolean {
  return /^\s+at /.test(line) && (/\bnode:internal\//.test(line) || line.includes(`${HERE}/`));
}
