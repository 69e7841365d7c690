// CgiResponseReader reads what real web servers were answered, and accepted.
import { describe, expect, it } from 'vitest';
import { Random } from '../../../test/fuzz/random.ts';
import { join, text } from '../../../test/vectors/bytes.ts';
import { captures } from '../../../test/vectors/captures.ts';
import { encodeResponseHead } from '../src/response-head.ts';
import { read } from './read.ts';

describe.each(captures('scgi'))('$name', ({ name, response, variables }) => {
  const options = { head: variables[variables.indexOf('REQUEST_METHOD') + 1] === 'HEAD' };
  const whole = read([response], options);

  it('is read the same however its bytes arrive', () => {
    expect(whole.map((event) => event.type)).toEqual(
      name.endsWith('.head') ? ['head', 'end'] : ['head', 'body', 'end'],
    );
    expect(
      read(
        Array.from(response, (_, at) => response.subarray(at, at + 1)),
        options,
      ),
    ).toEqual(whole);
    const random = new Random(response.length);
    for (let round = 0; round < 50; round++) {
      expect(read(random.cut(response), options)).toEqual(whole);
    }
  });

  it('is written to the same bytes', () => {
    const [head] = whole;
    if (head?.type !== 'head') throw new Error('no head');
    const body = join(whole.flatMap((event) => (event.type === 'body' ? [event.chunk] : [])));
    const block = encodeResponseHead(`${head.status} ${head.reason}`, head.headers);
    expect(block + text(body)).toBe(text(response));
  });
});
