// The golden vectors of the kit, read and written.
import { describe, expect, it } from 'vitest';
import { join, text } from '../../../test/vectors/bytes.ts';
import { FastcgiClientCodec } from '../src/client-codec.ts';
import { KEEP_CONN, ProtocolStatus, type RecordType, Role } from '../src/constants.ts';
import { decodePairs, encodePairs } from '../src/name-value-pairs.ts';
import { encodeRecord, RecordReader } from '../src/records.ts';
import { FastcgiServerCodec } from '../src/server-codec.ts';
import * as kit from '../src/testing.ts';
import { everySplit, PAIRS, VECTORS } from '../src/testing.ts';
import { outcomeOf } from './read.ts';

const bytesOf = (name: string): string => {
  const vector = VECTORS.find((candidate) => candidate.name === name);
  if (!vector) throw new Error(`no vector ${name}`);
  return text(vector.bytes);
};

describe.each(VECTORS)('$name (section $section)', ({ bytes, records }) => {
  it('is read the same however its bytes arrive', () => {
    const splits = bytes.length > 1000 ? [[bytes]] : everySplit(bytes);
    for (const chunks of splits) {
      const { events, error } = outcomeOf(new RecordReader(), chunks);
      expect(error).toBeUndefined();
      expect(events.map((event) => ({ ...event, content: new Uint8Array(event.content) }))).toEqual(
        records,
      );
    }
  });

  it('is written to the same bytes', () => {
    const written = records.map(({ type, id, content }) =>
      encodeRecord(type as RecordType, id, content),
    );
    expect(text(join(written))).toBe(text(bytes));
  });

  it('is built by the kit, padding apart', () => {
    const built = records.map(({ type, id, content, paddingLength }) =>
      kit.record(type, id, content, { padding: paddingLength }),
    );
    const { events } = outcomeOf(new RecordReader(), built);
    expect(events.map(({ content }) => text(content))).toEqual(
      records.map(({ content }) => text(content)),
    );
    expect(join(built)).toHaveLength(bytes.length);
  });
});

describe.each(PAIRS)('pairs: $name', ({ bytes, pairs }) => {
  it('are read and written', () => {
    expect(decodePairs(bytes)).toEqual(pairs);
    expect(text(encodePairs(pairs))).toBe(text(bytes));
    expect(kit.pairs(pairs)).toBe(text(bytes));
  });
});

describe('the commands of a web server give the vectors', () => {
  const client = () => {
    const codec = new FastcgiClientCodec();
    codec.encode({ type: 'request', keep: true, variables: [] });
    return codec;
  };

  it('request', () => {
    const codec = new FastcgiClientCodec();
    const variables = ['REQUEST_METHOD', 'GET', 'PATH_INFO', ''];
    const head = codec.encode({ type: 'request', keep: false, variables });
    const whole = join([head, codec.encode({ type: 'body-end' })]);
    expect(text(whole)).toBe(bytesOf('the smallest GET'));
    const kept = codec.encode({ type: 'request', id: 2, keep: true, variables });
    expect(text(kept.subarray(0, 16))).toBe(text(kit.beginRequest(2, Role.RESPONDER, KEEP_CONN)));
    const asked = { type: 'request', id: 258, role: Role.AUTHORIZER, keep: false } as const;
    expect(text(codec.encode({ ...asked, variables }).subarray(0, 16))).toBe(
      bytesOf('BEGIN_REQUEST of an Authorizer, with an id of two bytes'),
    );
  });

  it('body, body-end and abort', () => {
    const codec = client();
    const body = codec.encode({ type: 'body', chunk: Buffer.from('a=1') });
    const whole = join([body, codec.encode({ type: 'body-end' })]);
    expect(text(whole)).toBe(bytesOf('STDIN and its end'));
    expect(text(codec.encode({ type: 'abort' }))).toBe(bytesOf('ABORT_REQUEST'));
  });

  it('get-values', () => {
    const names = ['FCGI_MAX_CONNS', 'FCGI_MAX_REQS', 'FCGI_MPXS_CONNS'];
    const asked = client().encode({ type: 'get-values', names });
    expect(text(asked)).toBe(bytesOf('GET_VALUES with three names'));
  });
});

describe('the commands of an application, and its replies, give the vectors', () => {
  const server = (options = {}) => {
    const codec = new FastcgiServerCodec(options);
    codec.feed(kit.request());
    return codec;
  };
  const reply = (codec: FastcgiServerCodec, bytes: Uint8Array) => {
    const [event] = codec.feed(bytes);
    return event?.type === 'reply' ? text(event.bytes) : event;
  };

  it('stdout', () => {
    const head = 'Status: 200 OK\r\nContent-Type: text/plain\r\n\r\n';
    const chunk = Buffer.from('hi');
    const whole = server().encode({ type: 'stdout', id: 1, head, chunk, last: true });
    const ends = bytesOf('the end of STDOUT, and END_REQUEST');
    expect(text(whole)).toBe(bytesOf('STDOUT with a CGI response') + ends);
    const piece = server().encode({ type: 'stdout', id: 1, head, chunk, last: false });
    expect(text(piece)).toBe(bytesOf('STDOUT with a CGI response'));
    expect(text(server().encode({ type: 'stdout', id: 1, last: true }))).toBe(ends);
  });

  it('stderr and end', () => {
    const codec = server();
    const log = codec.encode({ type: 'stderr', id: 1, chunk: Buffer.from('oops\n') });
    expect(text(log)).toBe(bytesOf('STDERR'));
    const end = server().encode({ type: 'end', id: 1, appStatus: 938 });
    expect(text(end)).toBe(bytesOf('END_REQUEST with exit status 938'));
    const refused = { protocolStatus: ProtocolStatus.CANT_MPX_CONN } as const;
    const two = new FastcgiServerCodec();
    two.feed(kit.request({ id: 2 }));
    expect(text(two.encode({ type: 'end', id: 2, ...refused }))).toBe(
      bytesOf('END_REQUEST with CANT_MPX_CONN'),
    );
  });

  it('reply', () => {
    const second = reply(server({ multiplexed: false }), kit.beginRequest(2));
    expect(second).toBe(bytesOf('END_REQUEST with CANT_MPX_CONN'));
    const asked = kit.record(9, 0, kit.pairs(['FCGI_MPXS_CONNS', '']));
    expect(reply(server(), asked)).toBe(bytesOf('GET_VALUES_RESULT'));
    const unknown = bytesOf('a management record of a type that nobody knows');
    expect(reply(server(), Buffer.from(unknown, 'latin1'))).toBe(
      bytesOf('UNKNOWN_TYPE, the answer to it'),
    );
  });
});
