// Exchanges recorded between real web servers and an application (see captures/README.md).
import { readdirSync, readFileSync } from 'node:fs';

/** One recorded exchange. */
export interface Capture {
  readonly name: string;
  /** Every byte that the web server sent. */
  readonly request: Uint8Array;
  /** Every byte that it was answered. */
  readonly response: Uint8Array;
  /** Offsets at which the server's own writes were cut. */
  readonly cuts: readonly number[];
  /** What each side sent, in the order of both. */
  readonly turns: readonly {
    readonly from: 'server' | 'application';
    readonly bytes: Uint8Array;
  }[];
  /** Name, value, name, value … in the order sent. */
  readonly variables: readonly string[];
  readonly bodyLength: number;
  readonly bodySha256: string;
}

interface Recording {
  readonly events: readonly {
    readonly kind: string;
    readonly offset?: number;
    readonly length?: number;
  }[];
  readonly decoded: {
    readonly variables: readonly (readonly [name: string, value: string])[];
    readonly body_length: number;
    readonly body_sha256: string;
  };
}

const FOLDER = new URL('captures/', import.meta.url);

/** All recordings of a protocol. */
export function captures(protocol: 'scgi' | 'uwsgi' | 'ajp' | 'fcgi' | 'fastcgi'): Capture[] {
  const names = readdirSync(FOLDER)
    .filter((file) => file.includes(`-${protocol}`) && file.endsWith('.json'))
    .map((file) => file.slice(0, -'.json'.length));
  return names.map((name) => {
    const json = readFileSync(new URL(`${name}.json`, FOLDER), 'utf8');
    const { events, decoded } = JSON.parse(json) as Recording;
    const request = bytes(`${name}.in.bin`);
    const response = bytes(`${name}.out.bin`);
    return {
      name,
      request,
      response,
      turns: events.flatMap(({ kind, offset = 0, length }) =>
        length === undefined
          ? []
          : kind === 'in'
            ? { from: 'server', bytes: request.subarray(offset, offset + length) }
            : { from: 'application', bytes: response.subarray(offset, offset + length) },
      ),
      cuts: events.flatMap((event) => (event.kind === 'in' && event.offset ? event.offset : [])),
      variables: decoded.variables.flat(),
      bodyLength: decoded.body_length,
      bodySha256: decoded.body_sha256,
    };
  });
}

function bytes(file: string): Uint8Array {
  return new Uint8Array(readFileSync(new URL(file, FOLDER)));
}
