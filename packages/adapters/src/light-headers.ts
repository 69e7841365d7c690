// Headers of a request that are made when somebody asks for more than single ones.
import type { Environ } from '@sluice/gateway';
import { plain } from './fetch-classes.ts';
import { requestFields } from './request-fields.ts';

const NAME = /^[A-Za-z0-9-]+$/; // others are no tokens, or share their variable with another name
const PLAIN_VALUE = /^[\x21-\x7e](?:.*[\x21-\x7e])?$/;
const KNOWN_LIMIT = 512;
const variables = new Map<string, string>();
/** Those that are not only in a variable of their own. */
const DERIVED = /^(?:authorization|connection|content-length|set-cookie|transfer-encoding)$/i;

/** The headers of the request of an environ. */
export class LightHeaders {
  readonly #environ: Environ;
  #plain: Headers | undefined;

  /** @param environ - of the request */
  constructor(environ: Environ) {
    this.#environ = environ;
  }

  /** The Headers that others can work with. */
  static plain(headers: LightHeaders): Headers {
    if (!headers.#plain) {
      const { raw } = requestFields(headers.#environ);
      headers.#plain = new plain.Headers();
      for (let at = 0; at < raw.length; at += 2)
        headers.#plain.append(raw[at] as string, raw[at + 1] as string);
    }
    return headers.#plain;
  }

  get(name: string): string | null {
    const variable = this.#plain ? undefined : variableOf(name);
    if (variable === undefined) return LightHeaders.plain(this).get(name);
    const value = this.#environ[variable] as string | undefined;
    if (value === undefined) return null;
    return PLAIN_VALUE.test(value) ? value : LightHeaders.plain(this).get(name);
  }

  has(name: string): boolean {
    const variable = this.#plain ? undefined : variableOf(name);
    if (variable === undefined) return LightHeaders.plain(this).has(name);
    return this.#environ[variable] !== undefined;
  }

  /** Headers are made of other ones by iterating. */
  [Symbol.iterator](): Iterator<[string, string]> {
    return LightHeaders.plain(this).entries();
  }
}

function variableOf(name: string): string | undefined {
  const known = variables.get(name);
  if (known !== undefined) return known;
  if (typeof name !== 'string' || !NAME.test(name) || DERIVED.test(name)) return undefined;
  const upper = name.toUpperCase().replaceAll('-', '_');
  const isOwn = upper === 'CONTENT_TYPE' || upper === 'CONTENT_LENGTH';
  const variable = isOwn ? upper : `HTTP_${upper}`;
  if (variables.size < KNOWN_LIMIT) variables.set(name, variable);
  return variable;
}
