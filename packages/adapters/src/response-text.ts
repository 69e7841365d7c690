// The head of an HTTP response, read from the text that an application writes to a socket by itself.
import type { ResponseHeaders } from '@sluice/gateway';
import { GatewayError } from '@sluice/protocol';

const LONGEST = 65536; // bytes
const END = Buffer.from('\r\n\r\n');
const STATUS_LINE = /^HTTP\/1\.[01] ([1-5]\d\d(?: .*)?)$/;

/** A head, and what came behind it. */
export interface TextHead {
  /** Three digits, a space and a reason. */
  readonly status: string;
  readonly headers: ResponseHeaders;
  readonly rest: Buffer;
}

/** Collects what is written until a head is complete. */
export class HeadReader {
  #bytes: Buffer = Buffer.alloc(0);

  /**
   * Takes the next bytes.
   *
   * @returns the head; undefined while it is not complete
   * @throws GatewayError `ERR_ADAPTER_HEAD` for bytes that are no head of HTTP
   */
  read(bytes: Uint8Array): TextHead | undefined {
    this.#bytes = Buffer.concat([this.#bytes, bytes]);
    const end = this.#bytes.indexOf(END);
    if (end < 0) {
      if (this.#bytes.length > LONGEST) throw noHead('it has no end');
      return undefined;
    }
    const lines = this.#bytes.toString('latin1', 0, end).split('\r\n');
    const status = STATUS_LINE.exec(lines.shift() as string)?.[1];
    if (status === undefined) throw noHead('its first line is no status line');
    return {
      status: status.length === 3 ? `${status} ` : status,
      headers: lines.map(header),
      rest: this.#bytes.subarray(end + END.length),
    };
  }
}

function header(line: string): [name: string, value: string] {
  const colon = line.indexOf(':');
  if (colon < 1) throw noHead('a line of it has no colon');
  return [line.slice(0, colon), line.slice(colon + 1).trim()];
}

function noHead(why: string): GatewayError {
  return new GatewayError(
    'ERR_ADAPTER_HEAD',
    `what the application wrote to the socket is no head of an HTTP response: ${why}`,
  );
}
