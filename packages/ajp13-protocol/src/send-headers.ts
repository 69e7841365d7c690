// Reads Send Headers: the head of a response (AJP/1.3, "Response Packet Structure").
import { type PayloadErrors, PayloadReader } from './payload-reader.ts';
import { RESPONSE_HEADERS } from './tables.ts';

/** The head of a response, as an {@link Ajp13ClientCodec} reports it. */
export interface Ajp13Head {
  readonly type: 'head';
  /** 200 to 599. */
  readonly status: number;
  /** Empty when the container sends none. */
  readonly reason: string;
  /** In wire order: coded names in the spelling of the specification, others as sent. */
  readonly headers: [name: string, value: string][];
}

const ERRORS: PayloadErrors = {
  payload: 'ERR_AJP13_RESPONSE',
  header: 'ERR_AJP13_RESPONSE',
  statusHint: 502,
};

/**
 * Reads Send Headers, from `start` up to `end`; undefined for an interim response, which AJP does not have.
 *
 * @throws ProtocolError `ERR_AJP13_RESPONSE` (statusHint 502)
 */
export function readSendHeaders(
  bytes: Uint8Array,
  start: number,
  end: number,
  maxHeaders: number,
): Ajp13Head | undefined {
  const reader: PayloadReader = new PayloadReader(bytes, start, end, ERRORS);
  const status = reader.integer();
  if (status < 100 || status > 599) reader.fail(`status ${status}`);
  const reason = reader.string() ?? '';
  const count = reader.integer();
  if (count > maxHeaders) reader.failHeader(`more than ${maxHeaders} headers`);
  const headers: [string, string][] = [];
  for (let index = 0; index < count; index++)
    headers.push([reader.headerName(RESPONSE_HEADERS), reader.string() ?? '']);
  if (reader.left > 0) reader.fail(`${reader.left} bytes follow its end`);
  return status < 200 ? undefined : { type: 'head', status, reason, headers };
}
