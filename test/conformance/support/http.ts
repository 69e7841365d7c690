// HTTP by hand: requests as they shall be, and what came back, read strictly.

/** A request with Host; header lines as they are given. */
export function httpRequest(
  target: string,
  { method = 'GET', headers = [] as readonly string[], body = '', version = '1.1' } = {},
): string {
  const lines = [`${method} ${target} HTTP/${version}`, 'Host: h', ...headers];
  return `${lines.join('\r\n')}\r\n\r\n${body}`;
}

/** A response as it was on the wire. */
export interface HttpResponse {
  readonly status: number;
  /** By name in lower case; values that repeat are a list. */
  readonly headers: ReadonlyMap<string, readonly string[]>;
  readonly body: string;
}

/**
 * Reads the responses on a connection, one after the other.
 *
 * @param text - all that came
 * @param bodiless - indexes of responses that have no body whatever their headers say (to HEAD)
 * @throws Error when there is anything else, or less than a whole response
 */
export function httpResponses(text: string, bodiless: readonly number[] = []): HttpResponse[] {
  const found: HttpResponse[] = [];
  let rest = text;
  while (rest !== '') {
    const head =
      /^HTTP\/1\.1 (\d{3}) [^\r\n]*\r\n((?:[!#$%&'*+.^_`|~0-9A-Za-z-]+:[^\r\n]*\r\n)*)\r\n/.exec(
        rest,
      );
    if (!head) throw new Error(`no response: ${JSON.stringify(rest.slice(0, 300))}`);
    const status = Number(head[1]);
    const headers = new Map<string, string[]>();
    for (const line of (head[2] as string).split('\r\n').filter(Boolean)) {
      const colon = line.indexOf(':');
      const name = line.slice(0, colon).toLowerCase();
      headers.set(name, [...(headers.get(name) ?? []), line.slice(colon + 1).trim()]);
    }
    rest = rest.slice(head[0].length);
    const none =
      status < 200 || status === 204 || status === 304 || bodiless.includes(found.length);
    const [body, left] = none ? ['', rest] : bodyOf(headers, rest);
    rest = left;
    found.push({ status, headers, body });
  }
  return found;
}

function bodyOf(headers: Map<string, string[]>, rest: string): [body: string, rest: string] {
  const length = headers.get('content-length');
  if (length) {
    const size = Number(length[0]);
    if (length.length > 1 || headers.has('transfer-encoding')) throw new Error('two lengths');
    if (rest.length < size) throw new Error(`a body of ${rest.length} bytes, not ${size}`);
    return [rest.slice(0, size), rest.slice(size)];
  }
  if (!headers.has('transfer-encoding')) return [rest, '']; // to the end of the connection
  let body = '';
  for (let at = 0; ; ) {
    const line = /^([0-9a-f]+)\r\n/i.exec(rest.slice(at, at + 20));
    if (!line) throw new Error(`no chunk: ${JSON.stringify(rest.slice(at, at + 100))}`);
    const size = Number.parseInt(line[1] as string, 16);
    at += line[0].length;
    body += rest.slice(at, at + size);
    at += size;
    if (rest.slice(at, at + 2) !== '\r\n') throw new Error('no end of a chunk');
    at += 2;
    if (size === 0) return [body, rest.slice(at)];
  }
}
