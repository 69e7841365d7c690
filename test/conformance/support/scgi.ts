// SCGI requests by hand, right and wrong ones.

/** A netstring of headers as they are given, nothing added. */
export function netstring(headers: readonly (readonly [name: string, value: string])[]): string {
  return framed(headers.map(([name, value]) => `${name}\0${value}\0`).join(''));
}

/** A block of headers as a netstring. */
export function framed(block: string): string {
  return `${block.length}:${block},`;
}

/** A whole request; one character is one byte. */
export function scgiRequest(variables: Readonly<Record<string, string>> = {}, body = ''): string {
  const all = {
    CONTENT_LENGTH: String(body.length),
    SCGI: '1',
    REQUEST_METHOD: body === '' ? 'GET' : 'POST',
    REQUEST_URI: '/',
    SERVER_NAME: 'localhost',
    SERVER_PORT: '80',
    SERVER_PROTOCOL: 'HTTP/1.1',
    ...variables,
  };
  return netstring(Object.entries(all)) + body;
}
