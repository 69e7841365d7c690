// FastcgiServerCodec: what web servers send for requests that are aborted, or answered before their input was read.
import { describe, expect, it } from 'vitest';
import { join, latin1 } from '../../../test/vectors/bytes.ts';
import { Role } from '../src/constants.ts';
import { FastcgiServerCodec } from '../src/server-codec.ts';
import { beginRequest, endRequest, pairs, record, request, stream } from '../src/testing.ts';

const LENGTH_5 = pairs(['CONTENT_LENGTH', '5']);
const head = (id = 1, block = LENGTH_5) => join([beginRequest(id), stream(4, id, block)]);
const stdin = (content: string, id = 1) => record(5, id, content);
const abort = (id = 1) => record(2, id);

function answered(...before: readonly Uint8Array[]): FastcgiServerCodec {
  const codec = new FastcgiServerCodec();
  codec.feed(join(before));
  codec.encode({ type: 'stdout', id: 1, head: 'Status: 413\r\n\r\n', last: true });
  expect(codec.active).toBe(0);
  return codec;
}

describe('an answered request', () => {
  it('goes on giving its body to the end, and then is nobody', () => {
    const codec = answered(head());
    expect(codec.feed(stdin('he'))).toMatchObject([{ type: 'body', id: 1, chunk: latin1('he') }]);
    expect(codec.feed(stdin('llo'))).toMatchObject([{ type: 'body' }]);
    expect(codec.feed(stdin(''))).toEqual([{ type: 'end', id: 1 }]);
    expect(codec.feed(stdin(''))).toEqual([{ type: 'surplus', size: 8 }]);
  });

  it('ends with STDIN, also when that is short', () => {
    expect(answered(head()).feed(stdin(''))).toEqual([{ type: 'end', id: 1 }]);
    expect(answered(head(1, '')).feed(join([stdin('x'), stdin('')]))).toMatchObject([
      { type: 'body' },
      { type: 'end', id: 1 },
    ]);
  });

  it('is gone at once when its STDIN is at its end', () => {
    expect(answered(head(), stdin('hello'), stdin('')).feed(stdin('x'))).toMatchObject([
      { type: 'surplus', size: 8 },
      { type: 'surplus', size: 1 },
    ]);
  });

  it('goes on giving DATA too', () => {
    const codec = new FastcgiServerCodec({ roles: [Role.FILTER] });
    const bytes = request({ role: Role.FILTER, data: 'file' });
    codec.feed(bytes.subarray(0, -32)); // up to the end of the parameters
    codec.encode({ type: 'stdout', id: 1, last: true });
    expect(codec.feed(bytes.subarray(-32)).map(({ type }) => type)).toEqual([
      'end',
      'data',
      'data-end',
    ]);
    expect(codec.feed(record(8, 1))).toEqual([{ type: 'surplus', size: 8 }]);
  });

  it('leaves its id to the next request', () => {
    const codec = answered(head());
    codec.feed(stdin('he'));
    expect(codec.feed(head())).toMatchObject([{ type: 'request', id: 1, contentLength: 5 }]);
    expect(codec.active).toBe(1);
    const rest = join([stdin('hello'), stdin('')]);
    expect(codec.feed(rest)).toMatchObject([{ type: 'body' }, { type: 'end' }]);
    codec.encode({ type: 'end', id: 1 });
    expect(codec.active).toBe(0);
  });

  it('breaks nothing by records that it cannot have', () => {
    const codec = answered(head());
    const odd = [record(4, 1, 'x'), record(4, 1), record(8, 1, 'x'), record(6, 1), endRequest()];
    expect(new Set(codec.feed(join(odd)).map(({ type }) => type))).toEqual(new Set(['surplus']));
    expect(codec.feed(stdin('x'))).toMatchObject([{ type: 'body', id: 1 }]);
  });

  it('is over with ABORT_REQUEST', () => {
    const codec = answered(head());
    expect(codec.feed(abort())).toEqual([{ type: 'end', id: 1 }]);
    expect(codec.feed(stdin('x'))).toMatchObject([{ type: 'surplus' }, { type: 'surplus' }]);
    const complete = answered(head(), stdin('hello'));
    expect(complete.feed(abort())).toEqual([{ type: 'end', id: 1 }]); // STDIN was not at its end
    expect(complete.feed(abort())).toEqual([{ type: 'surplus', size: 8 }]);
  });

  it('is not missed when the connection ends', () => {
    const codec = answered(head());
    expect(codec.finish()).toEqual([]);
    expect(codec.error).toBeUndefined();
  });
});

it('an end of DATA is no business of a Responder, and is dropped: flup sends it', () => {
  const codec = new FastcgiServerCodec();
  codec.feed(request());
  expect(codec.feed(record(8, 1))).toEqual([{ type: 'surplus', size: 8 }]);
  expect(codec.active).toBe(1);
});

describe('ABORT_REQUEST', () => {
  const end = { type: 'end', id: 1, appStatus: 1 } as const;

  it.each([
    ['while the body comes', [head(), stdin('he')]],
    ['before the body', [head()]],
    ['after the body', [head(), stdin('hello'), stdin('')]],
  ])('is told once, and answered once, by the caller: %s', (_name, before) => {
    const codec = new FastcgiServerCodec();
    codec.feed(join(before));
    expect(codec.feed(abort())).toEqual([{ type: 'abort', id: 1 }]);
    expect(codec.active).toBe(1);
    // What was on its way is dropped, as is a second abort.
    const late = codec.feed(join([stdin('llo'), stdin(''), record(8, 1), abort()]));
    expect(new Set(late.map(({ type }) => type))).toEqual(new Set(['surplus']));
    expect(codec.encode(end)).toEqual(Buffer.from(endRequest(1, 1)));
    expect(codec.active).toBe(0);
    expect(codec.feed(abort())).toEqual([{ type: 'surplus', size: 8 }]);
    expect(codec.feed(head())).toMatchObject([{ type: 'request', id: 1 }]);
  });

  it('of a request that nobody has heard of yet is answered by the codec', () => {
    const codec = new FastcgiServerCodec();
    codec.feed(join([beginRequest(), record(4, 1, 'x')]));
    expect(codec.feed(abort())).toEqual([{ type: 'reply', bytes: Buffer.from(endRequest()) }]);
    expect(codec.active).toBe(0);
    expect(codec.feed(record(4, 1))).toEqual([{ type: 'surplus', size: 8 }]);
  });

  it('of nobody is not answered', () => {
    expect(new FastcgiServerCodec().feed(abort(3))).toEqual([{ type: 'surplus', size: 8 }]);
  });

  it('is no truncated body when the connection ends', () => {
    const codec = new FastcgiServerCodec();
    codec.feed(join([head(), abort()]));
    expect(codec.finish()).toEqual([]);
  });

  it('may have content, which says nothing', () => {
    const codec = new FastcgiServerCodec();
    codec.feed(head());
    expect(codec.feed(record(2, 1, 'why'))).toEqual([
      { type: 'abort', id: 1 },
      { type: 'surplus', size: 3 },
    ]);
  });
});
