// An application to try a server with: says hello and shows its environ (after wsgiref.simple_server).
import type { Application, Environ } from './application.ts';

/**
 * Answers `Hello world!`, an empty line, and each variable of its environ as `key = value`, sorted. It
 * shows whatever the client and the web server sent, so it is for trying things out only.
 */
export const demoApp: Application = (environ, startResponse) => {
  const lines = Object.keys(environ)
    .sort()
    .map((key) => `${key} = ${shown(environ, key)}\n`);
  startResponse('200 OK', [['Content-Type', 'text/plain; charset=utf-8']]);
  return [Buffer.from(`Hello world!\n\n${lines.join('')}`)];
};

function shown(environ: Environ, key: string): string {
  // Reading the signal would create it.
  return key === 'sluice.signal' ? '<AbortSignal>' : repr(environ[key]);
}

/** A value as Python's repr() shows it, as far as JavaScript has the same. */
function repr(value: unknown): string {
  if (Array.isArray(value)) {
    return `[${value.map((item) => (Array.isArray(item) ? '[…]' : repr(item))).join(', ')}]`;
  }
  switch (typeof value) {
    case 'string':
      return quote(value);
    case 'function':
      return `<${value.name || 'function'}>`;
    case 'object':
      return value === null ? 'null' : `<${value.constructor?.name || 'object'}>`;
    default:
      return String(value);
  }
}

function quote(text: string): string {
  const escaped = text
    .replace(/[\\']/g, '\\$&')
    .replace(/[^\x20-\x7e\xa0-\uffff]/g, (character) => {
      return `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`;
    });
  return `'${escaped}'`;
}
