// Response headers as a multi-map over the list that startResponse takes (after wsgiref.headers).
import { GatewayError, isToken } from '@sluice/protocol';
import type { ResponseHeaders } from './application.ts';

const NOT_A_VALUE = /[^\t\x20-\x7e\x80-\xff]/; // a line break would end the header, or the head

/**
 * A view of a list of headers that finds names in any case. The list itself is changed, so middleware
 * can wrap the list it was given. Names and values that would break the header block are refused.
 *
 * @example
 * ```ts
 * const headers = new Headers();
 * headers.addHeader('Content-Disposition', 'attachment', { filename: 'bud.gif' });
 * startResponse('200 OK', headers.items());
 * ```
 */
export class Headers implements Iterable<[name: string, value: string]> {
  readonly #list: ResponseHeaders;

  /**
   * @param list - taken as it is, not copied; a new one by default
   * @throws GatewayError `ERR_GATEWAY_HEADERS` when it is not a list of name and value
   */
  constructor(list: ResponseHeaders = []) {
    if (!Array.isArray(list)) throw refused('headers are not a list of [name, value]');
    for (const header of list) {
      if (!Array.isArray(header) || (header.length as number) !== 2)
        throw refused('a header is not [name, value]');
      checked(...header);
    }
    this.#list = list;
  }

  /** How many headers there are; a name that repeats counts each time. */
  get length(): number {
    return this.#list.length;
  }

  /** The first value of a name; undefined when there is none. */
  get(name: string): string | undefined;
  /** The first value of a name, else the fallback. */
  get(name: string, fallback: string): string;
  get(name: string, fallback?: string): string | undefined {
    return this.#list.find(named(name))?.[1] ?? fallback;
  }

  /** All values of a name, in order. */
  getAll(name: string): string[] {
    return this.#list.filter(named(name)).map(([, value]) => value);
  }

  /** Whether there is a header of that name. */
  has(name: string): boolean {
    return this.#list.some(named(name));
  }

  /** Replaces all headers of a name by one, at the end of the list. */
  set(name: string, value: string): void {
    const header = checked(name, value);
    this.delete(name);
    this.#list.push(header);
  }

  /** Sets a header that is missing. @returns the first value, or the new one */
  setDefault(name: string, value: string): string {
    const present = this.get(name);
    if (present === undefined) this.#list.push(checked(name, value));
    return present ?? value;
  }

  /** Removes all headers of a name, if there are any. */
  delete(name: string): void {
    const isNamed = named(name);
    let kept = 0; // the list is changed in place: others hold it
    for (const header of this.#list) if (!isNamed(header)) this.#list[kept++] = header;
    this.#list.length = kept;
  }

  /** Adds a header, beside those of the same name. */
  add(name: string, value: string): void {
    this.#list.push(checked(name, value));
  }

  /**
   * Adds a header with parameters: `name: value; key="text"`.
   *
   * @param name - of the header
   * @param value - before the parameters; null for none
   * @param params - underscores in their names become dashes; null or `''` gives the name alone
   */
  addHeader(
    name: string,
    value: string | null,
    params: Readonly<Record<string, string | null>> = {},
  ): void {
    const parts = value === null ? [] : [value];
    for (const [key, text] of Object.entries(params)) {
      const parameter = key.replaceAll('_', '-');
      parts.push(text ? `${parameter}="${text.replace(/[\\"]/g, '\\$&')}"` : parameter);
    }
    this.add(name, parts.join('; '));
  }

  /** All names, in order, with repetitions. */
  keys(): string[] {
    return this.#list.map(([name]) => name);
  }

  /** All values, in order. */
  values(): string[] {
    return this.#list.map(([, value]) => value);
  }

  /** A copy of the list. */
  items(): ResponseHeaders {
    return [...this.#list];
  }

  /** Iterates over name and value. */
  [Symbol.iterator](): IterableIterator<[name: string, value: string]> {
    return this.#list.values();
  }

  /** The header block, with the empty line that ends it. */
  toString(): string {
    return `${this.#list.map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n`;
  }

  /** The header block as bytes, one for each character. */
  toBytes(): Buffer {
    return Buffer.from(this.toString(), 'latin1');
  }
}

function named(name: string): (header: readonly [string, string]) => boolean {
  const wanted = name.toLowerCase();
  return ([candidate]) => candidate.toLowerCase() === wanted;
}

function checked(name: unknown, value: unknown): [name: string, value: string] {
  if (typeof name !== 'string' || !isToken(name)) throw refused('a header name is not a token');
  if (typeof value !== 'string' || NOT_A_VALUE.test(value)) {
    throw refused(
      `the value of header ${name} is not a string of latin-1 without control characters`,
    );
  }
  return [name, value];
}

function refused(message: string): GatewayError {
  return new GatewayError('ERR_GATEWAY_HEADERS', message);
}
