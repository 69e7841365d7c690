// Golden vectors of the testing kit.
import { concatBytes, toLatin1 } from '@sluice/protocol';

/** Records that show the wire format. */
export interface FastcgiVector {
  /** What they show. */
  readonly name: string;
  /** The section of the FastCGI specification 1.0 that they come from. */
  readonly section: string;
  /** Who sends them. */
  readonly from: 'web server' | 'application';
  /** The bytes, all of them from one side. */
  readonly bytes: Uint8Array;
  /** The records that they are. */
  readonly records: readonly {
    readonly type: number;
    readonly id: number;
    readonly content: Uint8Array;
    readonly paddingLength: number;
  }[];
}

/** Name-value pairs that show the wire format. */
export interface PairsVector {
  /** What they show. */
  readonly name: string;
  /** The bytes of the pairs, without any record around them. */
  readonly bytes: Uint8Array;
  /** Name, value, name, value … */
  readonly pairs: readonly string[];
}

const GET =
  '0e 03 52 45 51 55 45 53 54 5f 4d 45 54 48 4f 44 47 45 54 09 00 50 41 54 48 5f 49 4e 46 4f';
const OK = 'Status: 200 OK\r\nContent-Type: text/plain\r\n\r\nhi';
const SPEC_PAIRS = '\x0b\x02SERVER_PORT80\x0b\x0eSERVER_ADDR199.170.183.42';
const VALUE_NAMES = '\x0e\0FCGI_MAX_CONNS\x0d\0FCGI_MAX_REQS\x0f\0FCGI_MPXS_CONNS';
const BODY_66000 = new Uint8Array(66_000).fill(0x78);

/** Golden vectors: records and what they hold. The padding is of zeros, and brings each to a multiple of 8 bytes. */
export const VECTORS: readonly FastcgiVector[] = [
  vector('BEGIN_REQUEST of a Responder, with KEEP_CONN', '5.1', 'web server', {
    hex: '01 01 00 01 00 08 00 00 00 01 01 00 00 00 00 00',
    records: [[1, 1, '\0\x01\x01\0\0\0\0\0']],
  }),
  vector('BEGIN_REQUEST of an Authorizer, with an id of two bytes', '5.1', 'web server', {
    hex: '01 01 01 02 00 08 00 00 00 02 00 00 00 00 00 00',
    records: [[1, 258, '\0\x02\0\0\0\0\0\0']],
  }),
  vector('PARAMS with padding', 'appendix B, example 1', 'web server', {
    hex: `01 04 00 01 00 2a 06 00 0b 02 53 45 52 56 45 52 5f 50 4f 52 54 38 30 0b 0e 53 45 52 56 45
      52 5f 41 44 44 52 31 39 39 2e 31 37 30 2e 31 38 33 2e 34 32 00 00 00 00 00 00`,
    records: [[4, 1, SPEC_PAIRS, 6]],
  }),
  vector('STDIN and its end', '5.3', 'web server', {
    hex: '01 05 00 01 00 03 05 00 61 3d 31 00 00 00 00 00 01 05 00 01 00 00 00 00',
    records: [
      [5, 1, 'a=1', 5],
      [5, 1, ''],
    ],
  }),
  vector('STDOUT with a CGI response', '5.3', 'application', {
    hex: `01 06 00 01 00 2e 02 00 53 74 61 74 75 73 3a 20 32 30 30 20 4f 4b 0d 0a 43 6f 6e 74 65 6e
      74 2d 54 79 70 65 3a 20 74 65 78 74 2f 70 6c 61 69 6e 0d 0a 0d 0a 68 69 00 00`,
    records: [[6, 1, OK, 2]],
  }),
  vector('the end of STDOUT, and END_REQUEST', '5.5', 'application', {
    hex: '01 06 00 01 00 00 00 00 01 03 00 01 00 08 00 00 00 00 00 00 00 00 00 00',
    records: [
      [6, 1, ''],
      [3, 1, '\0\0\0\0\0\0\0\0'],
    ],
  }),
  vector('END_REQUEST with exit status 938', 'appendix B, example 3', 'application', {
    hex: '01 03 00 01 00 08 00 00 00 00 03 aa 00 00 00 00',
    records: [[3, 1, '\0\0\x03\xaa\0\0\0\0']],
  }),
  vector('END_REQUEST with CANT_MPX_CONN', '5.5', 'application', {
    hex: '01 03 00 02 00 08 00 00 00 00 00 00 01 00 00 00',
    records: [[3, 2, '\0\0\0\0\x01\0\0\0']],
  }),
  vector('GET_VALUES with three names', '4.1', 'web server', {
    hex: `01 09 00 00 00 30 00 00 0e 00 46 43 47 49 5f 4d 41 58 5f 43 4f 4e 4e 53 0d 00 46 43 47 49
      5f 4d 41 58 5f 52 45 51 53 0f 00 46 43 47 49 5f 4d 50 58 53 5f 43 4f 4e 4e 53`,
    records: [[9, 0, VALUE_NAMES]],
  }),
  vector('GET_VALUES_RESULT', '4.1', 'application', {
    hex: `01 0a 00 00 00 12 06 00 0f 01 46 43 47 49 5f 4d 50 58 53 5f 43 4f 4e 4e 53 31 00 00 00 00
      00 00`,
    records: [[10, 0, '\x0f\x01FCGI_MPXS_CONNS1', 6]],
  }),
  vector('a management record of a type that nobody knows', '4.2', 'web server', {
    hex: '01 0c 00 00 00 00 00 00',
    records: [[12, 0, '']],
  }),
  vector('UNKNOWN_TYPE, the answer to it', '4.2', 'application', {
    hex: '01 0b 00 00 00 08 00 00 0c 00 00 00 00 00 00 00',
    records: [[11, 0, '\x0c\0\0\0\0\0\0\0']],
  }),
  vector('ABORT_REQUEST', '5.4', 'web server', {
    hex: '01 02 00 01 00 00 00 00',
    records: [[2, 1, '']],
  }),
  vector('STDERR', '5.3', 'application', {
    hex: '01 07 00 01 00 05 03 00 6f 6f 70 73 0a 00 00 00',
    records: [[7, 1, 'oops\n', 3]],
  }),
  vector('the smallest GET', '5.1 to 5.3', 'web server', {
    hex: `01 01 00 01 00 08 00 00 00 01 00 00 00 00 00 00 01 04 00 01 00 1e 02 00 ${GET} 00 00
      01 04 00 01 00 00 00 00 01 05 00 01 00 00 00 00`,
    records: [
      [1, 1, '\0\x01\0\0\0\0\0\0'],
      [4, 1, '\x0e\x03REQUEST_METHODGET\x09\0PATH_INFO', 2],
      [4, 1, ''],
      [5, 1, ''],
    ],
  }),
  {
    name: 'a body of 66000 bytes, more than one record holds',
    section: '3.3',
    from: 'web server',
    bytes: new Uint8Array(
      concatBytes([
        hex('01 05 01 2c ff ff 01 00'),
        BODY_66000.subarray(0, 65_535),
        hex('00 01 05 01 2c 01 d1 07 00'),
        BODY_66000.subarray(65_535),
        hex('00 00 00 00 00 00 00 01 05 01 2c 00 00 00 00'),
      ]),
    ),
    records: [
      { type: 5, id: 300, content: BODY_66000.subarray(0, 65_535), paddingLength: 1 },
      { type: 5, id: 300, content: BODY_66000.subarray(65_535), paddingLength: 7 },
      { type: 5, id: 300, content: new Uint8Array(0), paddingLength: 0 },
    ],
  },
];

/** Golden vectors: name-value pairs (section 3.4), each length in as few bytes as it needs. */
export const PAIRS: readonly PairsVector[] = [
  { name: 'an empty value', bytes: hex(GET), pairs: ['REQUEST_METHOD', 'GET', 'PATH_INFO', ''] },
  {
    name: 'two pairs of appendix B',
    bytes: new Uint8Array(toLatin1(SPEC_PAIRS)),
    pairs: specPairs(),
  },
  {
    name: 'a value of 127 bytes: one byte of length',
    bytes: hex(`01 7f 41 ${'78 '.repeat(127)}`),
    pairs: ['A', 'x'.repeat(127)],
  },
  {
    name: 'a value of 128 bytes: four bytes of length',
    bytes: hex(`01 80 00 00 80 41 ${'78 '.repeat(128)}`),
    pairs: ['A', 'x'.repeat(128)],
  },
  {
    name: 'a name of 1000 bytes, and a value of 3',
    bytes: hex(`80 00 03 e8 03 ${'4e '.repeat(1000)} 61 62 63`),
    pairs: ['N'.repeat(1000), 'abc'],
  },
  { name: 'bytes above 0x7f', bytes: hex('01 02 e9 c3 a9'), pairs: ['\u00e9', '\u00c3\u00a9'] },
  { name: 'nothing', bytes: new Uint8Array(0), pairs: [] },
];

function specPairs(): string[] {
  return ['SERVER_PORT', '80', 'SERVER_ADDR', '199.170.183.42'];
}

function vector(
  name: string,
  section: string,
  from: FastcgiVector['from'],
  parts: {
    readonly hex: string;
    readonly records: readonly (readonly [
      type: number,
      id: number,
      content: string,
      padding?: number,
    ])[];
  },
): FastcgiVector {
  const records = parts.records.map(([type, id, content, paddingLength = 0]) => {
    return { type, id, content: new Uint8Array(toLatin1(content)), paddingLength };
  });
  return { name, section, from, bytes: hex(parts.hex), records };
}

function hex(text: string): Uint8Array {
  return new Uint8Array(
    (text.match(/[0-9a-f]{2}/g) ?? []).map((digits) => Number.parseInt(digits, 16)),
  );
}
