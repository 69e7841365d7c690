// Writes the header block of a CGI response (RFC 3875, section 6).

/**
 * The header block of a CGI response: `Status` first (SCGI readers insist on it), then the headers in
 * order, then the blank line. One character is one byte; the caller has checked names and values.
 *
 * @param status - three digits, a space and a reason phrase
 * @param headers - name and value of each header
 */
export function encodeResponseHead(
  status: string,
  headers: readonly (readonly [name: string, value: string])[],
): string {
  return block(`Status: ${status}`, headers);
}

/**
 * The same block with an HTTP status line in the place of `Status`, as a non-parsed header script
 * (section 5) and a uwsgi server write it.
 *
 * @param status - three digits, a space and a reason phrase
 * @param headers - name and value of each header
 */
export function encodeHttpHead(
  status: string,
  headers: readonly (readonly [name: string, value: string])[],
): string {
  return block(`HTTP/1.1 ${status}`, headers);
}

function block(
  first: string,
  headers: readonly (readonly [name: string, value: string])[],
): string {
  let text = `${first}\r\n`;
  for (const header of headers) text += `${header[0]}: ${header[1]}\r\n`;
  return `${text}\r\n`;
}
