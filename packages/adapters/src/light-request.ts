// A Request that is made when somebody needs more of it than an environ tells.
//
// Making a Request takes as long as all else that an answer needs, and most handlers ask for its method,
// its URL and a header. The rest of its members, whichever this version of Node.js has, ask a real one.
import type { Environ, InputStream } from '@sluice/gateway';
import { plain } from './fetch-classes.ts';
import { LightHeaders } from './light-headers.ts';

const decoder = new TextDecoder();

/** Makes a Request of Node.js. @throws TypeError for methods that the Fetch standard forbids */
export function plainRequest(
  environ: Environ,
  url: string,
  headers: Headers = plainHeaders(environ),
  body: ReadableStream<Uint8Array> | null = bodyOf(environ),
): Request {
  const method = environ.REQUEST_METHOD;
  const init = { method, headers, body, duplex: 'half', signal: environ['sluice.signal'] };
  return new plain.Request(url, init as RequestInit);
}

function plainHeaders(environ: Environ): Headers {
  return LightHeaders.plain(new LightHeaders(environ));
}

function bodyOf(environ: Environ): ReadableStream<Uint8Array> | null {
  const { REQUEST_METHOD: method, 'wsgi.input': input } = environ;
  if (method === 'GET' || method === 'HEAD' || input.isEmpty) return null;
  return input.toReadableStream();
}

/** The request of an environ: `instanceof Request` holds. */
export class LightRequest {
  readonly #environ: Environ;
  readonly #url: string;
  #headers: Headers | undefined;
  #plain: Request | undefined;
  #isRead = false;

  /** @param environ - of the request
   * @param url - absolute, normalised */
  constructor(environ: Environ, url: string) {
    this.#environ = environ;
    this.#url = url;
  }

  /** Whether a value is of this class, which `instanceof` does not tell. */
  static isLight(value: unknown): value is LightRequest {
    return typeof value === 'object' && value !== null && #environ in value;
  }

  /** The Request that others can work with. */
  static plain(request: LightRequest): Request {
    if (!request.#plain) {
      request.#plain = plainRequest(
        request.#environ,
        request.#url,
        request.headers,
        request.#isRead ? emptyStream() : undefined,
      );
      if (request.#isRead && request.#plain.body) void request.#plain.text(); // so it is read, too
    }
    return request.#plain;
  }

  get method(): string {
    return this.#environ.REQUEST_METHOD;
  }

  get url(): string {
    return this.#url;
  }

  get headers(): Headers {
    this.#headers ??=
      this.#plain?.headers ?? (new LightHeaders(this.#environ) as unknown as Headers);
    return this.#headers;
  }

  get signal(): AbortSignal {
    return this.#environ['sluice.signal'];
  }

  get bodyUsed(): boolean {
    return this.#plain?.bodyUsed ?? this.#isRead;
  }

  async arrayBuffer(): Promise<ArrayBuffer> {
    const input = this.#take();
    if (!input) return LightRequest.plain(this).arrayBuffer();
    const bytes = await input.read();
    return new Uint8Array(bytes).buffer;
  }

  async json(): Promise<unknown> {
    return JSON.parse(await this.text());
  }

  async text(): Promise<string> {
    const input = this.#take();
    return input ? decoder.decode(await input.read()) : LightRequest.plain(this).text();
  }

  /** The body, for whoever reads all of it; undefined where a real request has to say what becomes of that. */
  #take(): InputStream | undefined {
    const { REQUEST_METHOD: method, 'wsgi.input': input } = this.#environ;
    if (this.#plain || this.#isRead || method === 'GET' || method === 'HEAD' || input.isEmpty)
      return undefined;
    this.#isRead = true;
    return input;
  }
}

function emptyStream(): ReadableStream<Uint8Array> {
  return new ReadableStream({ start: (controller) => controller.close() });
}
