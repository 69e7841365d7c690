// Reads a CGI response (RFC 3875, section 6), as scripts and SCGI, uwsgi and FastCGI servers answer.
//
// Theory: head → body → done. The head is one block up to the blank line, LF or CRLF; it is read whole,
// checked as strictly as a request (a header that one parser takes and the next refuses is a split
// response), and reported once. The body ends at Content-Length, or where the sender stops.
import { fromLatin1, isToken, ProtocolError, parseLength } from '@sluice/protocol';
import { HOP_BY_HOP } from './meta-variables.ts';
import { reasonPhrase } from './reason-phrases.ts';

/** The head of a response. */
export interface CgiResponseHead {
  /** Three digits, 200 to 599. */
  readonly status: number;
  /** The reason phrase, filled in where the sender left it out. */
  readonly reason: string;
  /** Headers in order, without Status and without those that concern one connection only. */
  readonly headers: [name: string, value: string][];
  /** The header block was `Location: /path` alone: the request is to be answered by that path (section 6.2.2). */
  readonly localRedirect: string | undefined;
}

/** What a {@link CgiResponseReader} reports. */
export type CgiResponseEvent =
  | ({ readonly type: 'head' } & CgiResponseHead)
  | {
      /** Bytes of the body, a view of what was fed. */ readonly type: 'body';
      readonly chunk: Uint8Array;
    }
  | { /** Bytes beyond Content-Length, dropped. */ readonly type: 'surplus'; readonly size: number }
  | { /** The response is complete. */ readonly type: 'end' };

/** How a {@link CgiResponseReader} reads. */
export interface CgiResponseOptions {
  /** Bytes of the header block, 65536 by default. */
  readonly maxHeadBytes?: number;
  /** The answer is to a HEAD request: it has no body, whatever Content-Length says. */
  readonly head?: boolean;
}

const LF = 0x0a;
const STATUS_LINE = /^HTTP\/\d(?:\.\d)? (\d{3})(?: (.*))?$/; // uWSGI repeats what SERVER_PROTOCOL said
const INTERIM = /^HTTP\/\d(?:\.\d)? 1(?!01)\d\d(?: |$)/;
const STATUS = /^(\d{3})(?: (.*))?$/;
const BAD_VALUE = /[^\t\x20-\x7e\x80-\xff]/;

/** Reads one CGI response. */
export class CgiResponseReader {
  readonly #maxHeadBytes: number;
  readonly #isHead: boolean;
  #state: 'head' | 'body' | 'done' | 'failed' = 'head';
  #line: string[] = []; // pieces of the line that is not complete yet
  #lines: string[] = [];
  #headBytes = 0;
  #due = Number.POSITIVE_INFINITY; // body bytes to come; infinite without Content-Length
  #bodyless = false;

  /** @param options - limit of the header block, and whether a body can follow at all */
  constructor(options: CgiResponseOptions = {}) {
    this.#maxHeadBytes = options.maxHeadBytes ?? 65536;
    this.#isHead = options.head ?? false;
  }

  /**
   * Reads the next bytes, cut anywhere.
   *
   * @throws ProtocolError with status hint 502 when this is no CGI response
   */
  feed(chunk: Uint8Array): CgiResponseEvent[] {
    const events: CgiResponseEvent[] = [];
    let rest = chunk;
    while (this.#state === 'head' && rest.length > 0) rest = this.#readLine(rest, events);
    if (this.#state !== 'failed' && rest.length > 0) this.#readBody(rest, events);
    return events;
  }

  /**
   * Tells that the sender stopped.
   *
   * @throws ProtocolError with status hint 502 when it stopped too early
   */
  finish(): CgiResponseEvent[] {
    switch (this.#state) {
      case 'head':
        return this.#fail('ERR_CGI_TRUNCATED', 'the response ended before its header block did');
      case 'body': {
        const missing = this.#due;
        if (Number.isFinite(missing))
          this.#fail(
            'ERR_CGI_TRUNCATED',
            `the response ended ${missing} bytes short of its Content-Length`,
          );
        this.#state = 'done';
        return [{ type: 'end' }];
      }
      default:
        return [];
    }
  }

  #readBody(chunk: Uint8Array, events: CgiResponseEvent[]): void {
    const wanted = this.#bodyless || this.#state === 'done' ? 0 : Math.min(this.#due, chunk.length);
    if (wanted > 0) {
      this.#due -= wanted;
      events.push({
        type: 'body',
        chunk: wanted === chunk.length ? chunk : chunk.subarray(0, wanted),
      });
      if (this.#due === 0) this.#end(events);
    }
    if (wanted < chunk.length) events.push({ type: 'surplus', size: chunk.length - wanted });
  }

  #end(events: CgiResponseEvent[]): void {
    this.#state = 'done';
    events.push({ type: 'end' });
  }

  /** Reads to the next line end, or to the end of the bytes; returns what follows. */
  #readLine(bytes: Uint8Array, events: CgiResponseEvent[]): Uint8Array {
    const lineEnd = bytes.indexOf(LF);
    const size = lineEnd < 0 ? bytes.length : lineEnd + 1;
    this.#headBytes += size;
    if (this.#headBytes > this.#maxHeadBytes) {
      this.#fail(
        'ERR_CGI_HEAD_TOO_LARGE',
        `a header block of more than ${this.#maxHeadBytes} bytes`,
      );
    }
    this.#line.push(fromLatin1(bytes, 0, size));
    if (lineEnd >= 0) {
      const line = this.#line.join('').replace(/\r?\n$/, '');
      this.#line = [];
      if (line !== '') this.#lines.push(line);
      else this.#endHead(events);
    }
    return bytes.subarray(size);
  }

  #endHead(events: CgiResponseEvent[]): void {
    if (INTERIM.test(this.#lines[0] ?? '')) {
      this.#lines = []; // an interim answer (RFC 9110, section 15.2): the final one follows
      return;
    }
    events.push(this.#parse(this.#lines));
    this.#lines = [];
    this.#state = 'body';
    if (this.#bodyless || this.#due === 0) this.#end(events);
  }

  #parse(lines: string[]): CgiResponseEvent & { type: 'head' } {
    if (lines.length === 0) this.#fail('ERR_CGI_HEAD', 'an empty header block');
    let status: number | undefined;
    let reason = '';
    let location: string | undefined;
    let contentLength: string | undefined;
    let fields = 0;
    const once = new Set<string>();
    const headers: [string, string][] = [];
    const setStatus = (match: RegExpExecArray | null, text: string) => {
      if (status !== undefined) this.#fail('ERR_CGI_STATUS', 'two Status');
      status = Number(match?.[1] ?? 0);
      reason = match?.[2] ?? '';
      if (BAD_VALUE.test(reason)) this.#fail('ERR_CGI_HEAD', 'a control character in the reason');
      if (status < 200 || status > 599)
        this.#fail('ERR_CGI_STATUS', `Status ${JSON.stringify(text.slice(0, 60))}`);
    };
    for (const [index, line] of lines.entries()) {
      const statusLine = index === 0 ? STATUS_LINE.exec(line) : null;
      if (statusLine) {
        // uWSGI and old scripts answer like an HTTP server
        setStatus(statusLine, line);
        continue;
      }
      const colon = line.indexOf(':');
      const name = line.slice(0, colon);
      const value = trim(line.slice(colon + 1));
      if (colon < 0 || !isToken(name))
        this.#fail('ERR_CGI_HEAD', `${JSON.stringify(line.slice(0, 60))} is not a header`);
      if (BAD_VALUE.test(value))
        this.#fail('ERR_CGI_HEAD', `a control character in header ${name}`);
      const lower = name.toLowerCase();
      fields++;
      if (ONCE.has(lower) && once.size === once.add(lower).size)
        this.#fail(
          lower === 'content-length' ? 'ERR_CGI_CONTENT_LENGTH' : 'ERR_CGI_HEAD',
          `two ${name}`,
        );
      if (lower === 'status') {
        setStatus(STATUS.exec(value), value);
        continue;
      }
      if (lower === 'transfer-encoding')
        this.#fail('ERR_CGI_CONTENT_LENGTH', 'Transfer-Encoding, which is the web server’s to set');
      if (lower === 'content-length') contentLength = value;
      if (lower === 'location') location = value;
      // X-CGI-* is for the server alone (section 6.3.5)
      if (!HOP_BY_HOP.has(lower) && !lower.startsWith('x-cgi-')) headers.push([name, value]);
    }
    // Where Status is missing, a Location means 302 (section 6.2.3) and anything else 200 (section 6.3.3).
    const redirect = location !== undefined && location !== '' && status === undefined;
    const final = status ?? (redirect ? 302 : 200);
    this.#bodyless = this.#isHead || final === 204 || final === 304;
    if (contentLength !== undefined) {
      const length = parseLength(contentLength);
      if (length === undefined)
        this.#fail('ERR_CGI_CONTENT_LENGTH', 'Content-Length is not plain digits');
      this.#due = length as number;
    }
    const local = redirect && fields === 1 && /^\/(?!\/)/.test(location as string);
    return {
      type: 'head',
      status: final,
      reason: reason || reasonPhrase(final),
      headers,
      localRedirect: local ? location : undefined,
    };
  }

  #fail(code: string, message: string): never {
    this.#state = 'failed';
    throw new ProtocolError(code, message, { statusHint: 502 });
  }
}

const ONCE: ReadonlySet<string> = new Set(['status', 'location', 'content-type', 'content-length']);

function trim(text: string): string {
  // Only blanks and tabs are white space here: trim() would also take U+00A0, which is a byte of a value.
  let start = 0;
  let end = text.length;
  while (start < end && isBlank(text.charCodeAt(start))) start++;
  while (end > start && isBlank(text.charCodeAt(end - 1))) end--;
  return text.slice(start, end);
}

function isBlank(code: number): boolean {
  return code === 0x20 || code === 0x09;
}
