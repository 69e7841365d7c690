// Both sides against bytes that nobody should send: the rows of the vectors, and those that are no errors.
import { everySplit } from '@sluice/protocol/testing';
import { describe, expect, it } from 'vitest';
import { join } from '../../../test/vectors/bytes.ts';
import { AFTERWARDS, MALFORMED } from '../../../test/vectors/fastcgi.ts';
import { FastcgiClientCodec } from '../src/client-codec.ts';
import { ProtocolStatus, RecordType, Role } from '../src/constants.ts';
import { ERROR_CODES } from '../src/error-codes.ts';
import { encodeRecord } from '../src/records.ts';
import { FastcgiServerCodec } from '../src/server-codec.ts';
import {
  answer,
  beginRequest,
  endRequest,
  pairs,
  record,
  request,
  stream,
} from '../src/testing.ts';
import { failure, outcomeOf, uncut } from './read.ts';

function codecOf(by: 'application' | 'web server') {
  if (by === 'application') return new FastcgiServerCodec();
  const client = new FastcgiClientCodec();
  client.encode({ type: 'request', keep: true, variables: [] });
  return client;
}

/** Every split of what is short; of what is long, those at its start and end. */
function splits(bytes: Uint8Array): Iterable<Uint8Array[]> {
  if (bytes.length < 2000) return everySplit(bytes);
  return [0, 1, 7, 8, 9, bytes.length - 9, bytes.length - 1].map((at) => [
    bytes.subarray(0, at),
    bytes.subarray(at),
  ]);
}

describe.each(MALFORMED)('refused by the $by: $name', (vector) => {
  const { by, bytes, code, statusHint, failedId } = vector;

  it(`is ${code}, however its bytes arrive`, () => {
    expect(ERROR_CODES).toHaveProperty(code);
    const whole = outcomeOf(codecOf(by) as FastcgiServerCodec, [bytes]);
    for (const chunks of splits(bytes)) {
      const codec = codecOf(by);
      const { events, error } = outcomeOf(codec as FastcgiServerCodec, chunks);
      expect(error).toMatchObject({ code, statusHint, blame: 'remote' });
      expect(uncut(events)).toEqual(uncut(whole.events));
      if (codec instanceof FastcgiServerCodec) expect(codec.failedId).toBe(failedId);
    }
  });

  it('is judged at the first byte that tells, and nothing is read afterwards', () => {
    const codec = codecOf(by);
    codec.feed(bytes.subarray(0, -1));
    expect(codec.error).toBeUndefined();
    outcomeOf(codec as FastcgiServerCodec, [bytes.subarray(-1)], false);
    expect(codec.error).toMatchObject({ code });
    outcomeOf(codec as FastcgiServerCodec, [new Uint8Array(0)], false);
    for (const more of AFTERWARDS) expect(codec.feed(more)).toEqual([]);
    expect(codec.finish()).toEqual([]);
  });
});

describe('what can still be answered', () => {
  const answerable = MALFORMED.filter(({ failedId }) => failedId !== undefined);

  it.each(answerable)('$name', ({ bytes, statusHint, failedId }) => {
    const codec = new FastcgiServerCodec();
    outcomeOf(codec, [bytes]);
    const head = `Status: ${statusHint}\r\n\r\n`;
    const refusal = codec.encode({ type: 'stdout', id: failedId as number, head, last: true });
    const client = codecOf('web server') as FastcgiClientCodec;
    expect(client.feed(refusal)).toMatchObject([{ type: 'stdout' }, { type: 'end', id: 1 }]);
    expect(codec.active).toBe(0);
  });
});

describe('what came before the failure in one chunk', () => {
  it('is reported, and the next call throws', () => {
    const codec = new FastcgiServerCodec();
    const events = codec.feed(join([request(), record(1, 0, '')]));
    expect(events).toMatchObject([{ type: 'request', id: 1, ended: true }]);
    expect(codec.error).toMatchObject({ code: 'ERR_FASTCGI_ID' });
    expect(failure(() => codec.feed(new Uint8Array(0)))).toBe(codec.error);
    expect(codec.feed(request({ id: 2 }))).toEqual([]);
    expect(codec.encode({ type: 'stdout', id: 1, last: true })).toHaveLength(24);
  });

  it('throws at the end when nothing else comes', () => {
    const codec = new FastcgiServerCodec();
    codec.feed(join([request(), new Uint8Array([2])]));
    expect(failure(() => codec.finish())).toMatchObject({ code: 'ERR_FASTCGI_VERSION' });
    expect(codec.finish()).toEqual([]);
  });

  it('throws at once when there is nothing', () => {
    const codec = new FastcgiServerCodec();
    expect(failure(() => codec.feed(new Uint8Array([2])))).toBe(codec.error);
  });
});

describe('a peer of another protocol is named', () => {
  it.each([
    ['G', 'HTTP'],
    ['7', 'SCGI'],
    ['\0', 'uwsgi'],
    ['\x12', 'AJP13'],
    ['\x16', 'TLS'],
  ])('%j: %s', (byte, name) => {
    const codec = new FastcgiServerCodec();
    expect(failure(() => codec.feed(Buffer.from(byte, 'latin1'))).message).toContain(name);
  });

  it('unless it is none', () => {
    const codec = new FastcgiServerCodec();
    expect(failure(() => codec.feed(new Uint8Array([0x80]))).message).not.toContain('looks like');
  });
});

describe('row 4: a role that is not served', () => {
  it.each([
    ['an Authorizer', Role.AUTHORIZER, undefined],
    ['a Filter', Role.FILTER, undefined],
    ['77', 77, undefined],
    ['0', 0, undefined],
    ['a role of two bytes', 0x101, undefined],
    ['a Responder, where only Filters are', Role.RESPONDER, [Role.FILTER]],
  ])('is UNKNOWN_ROLE, and the connection goes on: %s', (_name, role, roles) => {
    for (const flags of [0, 1]) {
      const codec = new FastcgiServerCodec(roles ? { roles } : {});
      expect(codec.feed(beginRequest(9, role, flags))).toEqual([
        { type: 'reply', bytes: Buffer.from(endRequest(9, 0, ProtocolStatus.UNKNOWN_ROLE)) },
      ]);
      expect(codec.active).toBe(0);
      expect(codec.keep).toBe(flags === 1);
    }
  });
});

describe('row 14: an end in the middle', () => {
  const whole = request({ variables: ['CONTENT_LENGTH', '2'], stdin: 'hi' });
  const bodyAt = whole.length - 24; // the header of STDIN, its content, and the end of STDIN

  it('of a record, or of parameters, is no answer; of a body, it is told', () => {
    expect(outcomeOf(new FastcgiServerCodec(), []).error).toBeUndefined(); // somebody looked whether we are there
    for (let size = 1; size < whole.length; size++) {
      const { events, error } = outcomeOf(new FastcgiServerCodec(), [whole.subarray(0, size)]);
      const types = events.map(({ type }) => type);
      const inside = size !== bodyAt && size !== whole.length - 8;
      expect(error?.code).toBe(inside ? 'ERR_FASTCGI_TRUNCATED' : undefined);
      expect(error?.statusHint).toBeUndefined();
      expect(types.includes('truncated')).toBe(size >= bodyAt && size < bodyAt + 10);
      expect(types.includes('end')).toBe(size >= bodyAt + 10);
    }
  });

  it('tells each request whose body is not there', () => {
    const codec = new FastcgiServerCodec();
    codec.feed(
      join(
        [1, 2, 3].map((id) =>
          request({ id, variables: ['CONTENT_LENGTH', '2'], stdin: id === 2 ? 'hi' : '' }).subarray(
            0,
            id === 2 ? undefined : -8,
          ),
        ),
      ),
    );
    const events = codec.finish();
    expect(events).toMatchObject([
      { type: 'truncated', id: 1, error: { code: 'ERR_FASTCGI_TRUNCATED', statusHint: 400 } },
      { type: 'truncated', id: 3 },
    ]);
    expect(codec.finish()).toEqual([]);
  });

  it('of an answer is 502', () => {
    const bytes = answer({ stdout: 'x' });
    for (let size = 0; size < bytes.length; size++) {
      const { error } = outcomeOf(codecOf('web server') as FastcgiClientCodec, [
        bytes.subarray(0, size),
      ]);
      expect(error).toMatchObject({ code: 'ERR_FASTCGI_TRUNCATED', statusHint: 502 });
    }
  });
});

describe('what is no error', () => {
  it('row 12: records of no request, counted whole', () => {
    const stray = [record(RecordType.STDIN, 1), record(RecordType.STDIN, 7, 'x'), record(2, 7)];
    const codec = new FastcgiServerCodec();
    expect(uncut(outcomeOf(codec, [join(stray)]).events)).toEqual([{ type: 'surplus', size: 25 }]);
  });

  it('row 15: 65535 bytes of content and 255 of padding, both ways', () => {
    const content = new Uint8Array(65_535).fill(0x61);
    const filled = (type: number) => record(type, 1, content, { padding: 255 });
    const body = [beginRequest(), stream(4, 1, ''), filled(5), filled(5), record(5, 1)];
    const read = outcomeOf(new FastcgiServerCodec(), [join(body)]);
    expect(read.error).toBeUndefined();
    expect(read.events.map(({ type }) => type)).toEqual(['request', 'body', 'body', 'end']);
    const long = [filled(6), filled(7), filled(6), endRequest()];
    const answered = outcomeOf(codecOf('web server') as FastcgiClientCodec, [join(long)]);
    expect(answered.events.map(({ type }) => type)).toEqual(['stdout', 'stderr', 'stdout', 'end']);
  });

  it('row 18: END_REQUEST without STDOUT is an end: what it lacks is CGI', () => {
    const read = outcomeOf(codecOf('web server') as FastcgiClientCodec, [
      endRequest(1, 2 ** 32 - 1, 77),
    ]);
    expect(read.events).toEqual([
      { type: 'end', id: 1, appStatus: 4_294_967_295, protocolStatus: 77 },
    ]);
  });

  it('row 19: records of other ids while one is active', () => {
    const codec = codecOf('web server') as FastcgiClientCodec;
    const others = [record(6, 2, 'x'), endRequest(2), record(99, 1, 'x'), record(99, 0, 'x')];
    expect(outcomeOf(codec, [join([...others, endRequest()])]).events).toEqual([
      { type: 'end', id: 1, appStatus: 0, protocolStatus: 0 },
    ]);
  });

  it('rows 22 and 23: GET_VALUES with values, repetitions and names of its own', () => {
    const names = ['FCGI_MPXS_CONNS', 'yes', 'X', '', 'FCGI_MPXS_CONNS', '', 'FCGI_MAX_CONNS', ''];
    const many = Array.from({ length: 3000 }, (_, at) => [`NAME_${at}`, '']).flat();
    const asked = record(9, 0, pairs([...names, ...many]));
    const known = pairs(['FCGI_MPXS_CONNS', '1', 'FCGI_MAX_CONNS', '1024']);
    expect(new FastcgiServerCodec().feed(asked)).toEqual([
      { type: 'reply', bytes: encodeRecord(10, 0, Buffer.from(known)) },
    ]);
  });
});
