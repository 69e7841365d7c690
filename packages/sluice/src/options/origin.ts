// Where the value of an option came from: told by `sluice config`, and by every message about a mistake.
import { relative, sep } from 'node:path';

/** Where a value came from, the strongest source first. */
export type Origin =
  | { readonly from: 'call'; readonly name: string }
  | { readonly from: 'flag'; readonly flag: string }
  | { readonly from: 'environment'; readonly variable: string }
  | {
      readonly from: 'file';
      readonly file: string;
      /** Undefined where a program made the value. */
      readonly line: number | undefined;
      /** As it is written there. */
      readonly key: string;
    }
  /** Another option wants it so. */
  | { readonly from: 'option'; readonly name: string }
  | { readonly from: 'default' };

/** The default is nobody's choice. */
export const DEFAULT: Origin = { from: 'default' };

/** An origin in a few words: `flag --workers`, `site.ini:4`. */
export function describeOrigin(origin: Origin): string {
  switch (origin.from) {
    case 'call':
      return `option ${origin.name}`;
    case 'flag':
      return `flag --${origin.flag}`;
    case 'environment':
      return `environment variable ${origin.variable}`;
    case 'file':
      return placeOf(origin.file, origin.line);
    case 'option':
      return `because of ${origin.name}`;
    case 'default':
      return 'default';
  }
}

/** A place in a file, as compilers tell it: `site.ini:4`. */
export function placeOf(file: string, line?: number): string {
  const path = relative(process.cwd(), file);
  const shown = path === '' || path.startsWith(`..${sep}`) ? file : path;
  return line === undefined ? shown : `${shown}:${line}`;
}

/** An option as a message names it, with the place where it was given: `site.ini:4: option workers`. */
export function nameOption(name: string, origin: Origin): string {
  switch (origin.from) {
    case 'flag':
    case 'environment':
      return `option ${name} (${describeOrigin(origin)})`;
    case 'file':
      return `${describeOrigin(origin)}: option ${origin.key}`;
    case 'call':
      return `option ${origin.name}`;
    default:
      return `option ${name}`;
  }
}

/** A message with the place in front of it, where that is known. */
export function placed(message: string, origin: Origin | undefined): string {
  switch (origin?.from) {
    case 'flag':
    case 'environment':
    case 'file':
      return `${describeOrigin(origin)}: ${message}`;
    default:
      return message;
  }
}
