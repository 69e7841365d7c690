// Management records seen from the application (FastCGI 1.0, section 4).

import { RecordType } from './constants.ts';
import { encodePairs } from './name-value-pairs.ts';
import { encodeRecord } from './records.ts';
import type { FastcgiServerOptions } from './server-options.ts';

/**
 * The answer to GET_VALUES (section 4.1): what is known of what was asked, each name once.
 *
 * @param asked - name, value, name, value …; the values say nothing
 * @param options - what the application takes
 */
export function writeValues(
  asked: readonly string[],
  options: Required<FastcgiServerOptions>,
): Uint8Array {
  const { maxConnections, maxRequests, multiplexed } = options;
  const known = new Map([
    ['FCGI_MAX_CONNS', maxConnections],
    ['FCGI_MAX_REQS', maxConnections * (multiplexed ? maxRequests : 1)],
    ['FCGI_MPXS_CONNS', multiplexed ? 1 : 0],
  ]);
  const names = new Set(asked.filter((_, at) => at % 2 === 0));
  const pairs = [...names].flatMap((name) => {
    const value = known.get(name);
    return value === undefined ? [] : [name, `${value}`];
  });
  return encodeRecord(RecordType.GET_VALUES_RESULT, 0, encodePairs(pairs));
}

/** The answer to a management record that is not understood (section 4.2). */
export function writeUnknownType(type: number): Uint8Array {
  return encodeRecord(RecordType.UNKNOWN_TYPE, 0, new Uint8Array([type, 0, 0, 0, 0, 0, 0, 0]));
}
