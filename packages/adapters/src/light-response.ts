// A Response that is made when somebody needs more of it than what it was made of.
//
// `new Response(text)` makes a stream of the text at once, which takes longer than all else that an answer
// needs. Here the parts are kept as they were given, and go from there to the gateway. Whatever is not
// plain, and every mistake, goes to the Response of Node.js, which knows what is right.
import { isToken } from '@sluice/protocol';
import { plain } from './fetch-classes.ts';

type Body = ConstructorParameters<typeof Response>[0];
type Init = ResponseInit | undefined | null;
type Pairs = [name: string, value: string][];
type KnownBody = string | Uint8Array | null;

/** What a response consists of. */
export interface ResponseParts {
  readonly status: number;
  readonly statusText: string;
  /** Pairs, names in lower case. */
  readonly headers: Iterable<[string, string]>;
  readonly body: KnownBody | ReadableStream<Uint8Array>;
}

const VALUE = /^(?:[\x21-\x7e\x80-\xff](?:[\t\x20-\x7e\x80-\xff]*[\x21-\x7e\x80-\xff])?)?$/;
const REASON = /^[\t\x20-\x7e\x80-\xff]*$/;

/** What `new Response()` makes. */
export class LightResponse {
  #body: KnownBody = null;
  #pairs: Pairs | undefined;
  #status = 200;
  #statusText = '';
  #headers: Headers | undefined;
  #plain: Response | undefined;

  constructor(body?: Body, init?: Init) {
    const pairs = isKnown(body) && isPlain(init, body ?? null) ? pairsOf(init?.headers) : undefined;
    if (!pairs) {
      this.#plain = new plain.Response(body, init ?? undefined);
      return;
    }
    if (typeof body === 'string' && !pairs.some(([name]) => name === 'content-type'))
      pairs.push(['content-type', 'text/plain;charset=UTF-8']);
    this.#pairs = pairs;
    // Bytes may be changed when the response is made: the standard takes them as they are now.
    this.#body = body instanceof Uint8Array ? new Uint8Array(body) : ((body ?? null) as KnownBody);
    if (init?.status !== undefined) this.#status = init.status;
    if (init?.statusText !== undefined) this.#statusText = init.statusText;
  }

  static json(data: unknown, init?: Init): Response {
    const text = JSON.stringify(data);
    const pairs = text !== undefined && isPlain(init, text) ? pairsOf(init?.headers) : undefined;
    if (!pairs) return plain.Response.json(data, init ?? undefined);
    if (!pairs.some(([name]) => name === 'content-type'))
      pairs.push(['content-type', 'application/json']);
    return new LightResponse(text, { ...pick(init), headers: pairs }) as unknown as Response;
  }

  static redirect(...parameters: Parameters<typeof Response.redirect>): Response {
    return plain.Response.redirect(...parameters);
  }

  static error(): Response {
    return plain.Response.error();
  }

  /** The parts of a response of this class; undefined when nobody but a real one knows them. */
  static parts(response: object): ResponseParts | undefined {
    if (!(#plain in response) || response.#plain) return undefined;
    const { status, statusText } = response;
    return { status, statusText, headers: response.#given, body: response.#body };
  }

  /** The Response that others can work with. */
  static plain(response: LightResponse): Response {
    if (!response.#plain) {
      const { status, statusText } = response;
      const headers = [...response.#given];
      response.#plain = new plain.Response(response.#body, { status, statusText, headers });
      // Who has asked for the headers goes on with those.
      if (response.#headers)
        Object.defineProperty(response.#plain, 'headers', { value: response.#headers });
    }
    return response.#plain;
  }

  get status(): number {
    return this.#plain?.status ?? this.#status;
  }

  get ok(): boolean {
    return this.status >= 200 && this.status < 300;
  }

  get statusText(): string {
    return this.#plain?.statusText ?? this.#statusText;
  }

  get headers(): Headers {
    this.#headers ??= this.#plain?.headers ?? new Headers(this.#pairs);
    return this.#headers;
  }

  clone(): Response {
    if (this.#plain) return this.#plain.clone();
    const { status, statusText } = this;
    const init = { status, statusText, headers: [...this.#given] };
    return new LightResponse(this.#body, init) as unknown as Response;
  }

  get #given(): Iterable<[string, string]> {
    return this.#headers ?? (this.#pairs as Pairs);
  }
}

function isKnown(body: unknown): body is KnownBody | undefined {
  return (
    typeof body === 'string' || body === null || body === undefined || body instanceof Uint8Array
  );
}

function isPlain(init: Init, body: unknown): boolean {
  if (init === undefined || init === null) return true;
  const { status = 200, statusText = '' } = init;
  if (!Number.isInteger(status) || status < 200 || status > 599) return false;
  if (body !== null && (status === 204 || status === 205 || status === 304)) return false;
  return typeof statusText === 'string' && REASON.test(statusText);
}

function pick(init: Init): ResponseInit {
  const { status = 200, statusText = '' } = init ?? {};
  return { status, statusText };
}

/** A copy of headers, since they may be changed afterwards; undefined for what a real Headers has to judge. */
function pairsOf(given: ResponseInit['headers']): Pairs | undefined {
  if (given === undefined) return [];
  if (given instanceof Headers) return [...given];
  if (typeof given !== 'object' || given === null) return undefined;
  const isList = Array.isArray(given);
  if (!isList && (Symbol.iterator in given || Object.getPrototypeOf(given) !== Object.prototype))
    return undefined;
  const pairs: Pairs = [];
  for (const pair of isList ? given : Object.entries(given)) {
    const [name, value] = pair as [string, string];
    if ((pair as unknown[]).length !== 2 || typeof name !== 'string' || !isToken(name))
      return undefined;
    if (typeof value !== 'string' || !VALUE.test(value)) return undefined;
    const key = name.toLowerCase();
    if (key !== 'set-cookie' && pairs.some(([known]) => known === key)) return undefined; // to be joined
    pairs.push([key, value]);
  }
  return pairs;
}
