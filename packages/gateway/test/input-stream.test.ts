// wsgi.input: reads as PEP 3333 has them, over bytes that arrive as they like.
import { describe, expect, it, vi } from 'vitest';
import { InputStream } from '../src/input-stream.ts';
import { RequestBody } from '../src/request-body.ts';

const TEXT = 'one\ntwo\n\nlast';

/** A stream over blocks that are there already. */
function streamOf(...blocks: string[]): InputStream {
  const body = new RequestBody(() => {});
  for (const block of blocks) body.push(Buffer.from(block));
  body.end();
  return new InputStream(body);
}

/** A stream whose blocks come when they are asked for, each in a turn of its own. */
function slowStreamOf(...blocks: string[]): InputStream {
  const body: RequestBody = new RequestBody(() => {
    queueMicrotask(() => {
      const block = blocks.shift();
      if (block === undefined) body.end();
      else body.push(Buffer.from(block));
    });
  });
  return new InputStream(body);
}

const CUTS = [
  ['whole', [TEXT]],
  ['bytewise', [...TEXT]],
  ...Array.from({ length: TEXT.length - 1 }, (_, at): [string, string[]] => [
    `cut at ${at + 1}`,
    [TEXT.slice(0, at + 1), TEXT.slice(at + 1)],
  ]),
] as [string, string[]][];

describe.each(CUTS)('a body that arrives %s', (_how, blocks) => {
  describe.each([
    ['at once', streamOf],
    ['on demand', slowStreamOf],
  ])('%s', (_when, make) => {
    it('read() gives all of it, then nothing', async () => {
      const input = make(...blocks);
      expect((await input.read()).toString()).toBe(TEXT);
      expect(await input.read()).toHaveLength(0);
      expect(await input.read(1)).toHaveLength(0);
    });

    it('read(n) gives exactly n, fewer only at the end', async () => {
      const input = make(...blocks);
      const pieces: string[] = [];
      for (;;) {
        const piece = (await input.read(5)).toString();
        if (piece === '') break;
        pieces.push(piece);
      }
      expect(pieces).toEqual(['one\nt', 'wo\n\nl', 'ast']);
    });

    it('readline() gives lines with their line feeds, the last one without', async () => {
      const input = make(...blocks);
      const lines: string[] = [];
      for await (const line of input.lines()) lines.push(line.toString());
      expect(lines).toEqual(['one\n', 'two\n', '\n', 'last']);
      expect(await input.readline()).toHaveLength(0);
    });

    it('readline(n) stops after n bytes, and goes on there', async () => {
      const input = make(...blocks);
      expect((await input.readline(2)).toString()).toBe('on');
      expect((await input.readline(2)).toString()).toBe('e\n');
      expect((await input.readline(4)).toString()).toBe('two\n');
      expect((await input.read()).toString()).toBe('\nlast');
    });

    it('lines and bytes can be mixed', async () => {
      const input = make(...blocks);
      expect((await input.readline()).toString()).toBe('one\n');
      expect((await input.read(1)).toString()).toBe('t');
      expect((await input.readSome(1)).toString()).toBe('w');
      expect((await input.readlines()).map(String)).toEqual(['o\n', '\n', 'last']);
    });

    it('reads that overlap wait for each other', async () => {
      const input = make(...blocks);
      const reads = [input.read(3), input.readline(), input.read(2), input.read()];
      expect((await Promise.all(reads)).map(String)).toEqual(['one', '\n', 'tw', 'o\n\nlast']);
    });
  });
});

describe('reading', () => {
  it('read(0) gives nothing and takes nothing', async () => {
    const demand = vi.fn();
    const input = new InputStream(new RequestBody(demand));
    expect(await input.read(0)).toHaveLength(0);
    expect(await input.readSome(0)).toHaveLength(0);
    expect(await input.readline(0)).toHaveLength(0);
    expect(demand).not.toHaveBeenCalled();
  });

  it('readSome() gives what is there, up to its limit', async () => {
    const input = streamOf('abc', 'def');
    expect((await input.readSome()).toString()).toBe('abc');
    expect((await input.readSome(2)).toString()).toBe('de');
    expect((await input.readSome()).toString()).toBe('f');
    expect(await input.readSome()).toHaveLength(0);
  });

  it.each([
    [0, ['one\n', 'two\n', '\n', 'last']],
    [1, ['one\n']],
    [4, ['one\n']],
    [5, ['one\n', 'two\n']],
    [100, ['one\n', 'two\n', '\n', 'last']],
  ])('readlines(%d) stops after the line that reaches it', async (hint, lines) => {
    const input = streamOf(TEXT);
    expect((await input.readlines(hint)).map(String)).toEqual(lines);
    expect((await input.read()).toString()).toBe(TEXT.slice(lines.join('').length));
  });

  it('iterates over blocks as they arrive', async () => {
    const blocks: string[] = [];
    for await (const block of slowStreamOf('ab', 'c')) blocks.push(block.toString());
    expect(blocks).toEqual(['ab', 'c']);
  });

  it('text() and json()', async () => {
    expect(await streamOf('caf\xe9 ✓').text()).toBe('caf\xe9 ✓');
    expect(await streamOf('{"a":', '[1]}').json()).toEqual({ a: [1] });
    await expect(streamOf('{').json()).rejects.toThrow(SyntaxError);
  });

  it('as a Node stream and as a web stream', async () => {
    const pieces: Buffer[] = [];
    for await (const piece of await slowStreamOf('ab', 'c').toReadable()) pieces.push(piece);
    expect(Buffer.concat(pieces).toString()).toBe('abc');
    expect(await new Response(slowStreamOf('ab', 'c').toReadableStream()).text()).toBe('abc');
  });

  it('a web stream asks for nothing before it is read', () => {
    const demand = vi.fn();
    new InputStream(new RequestBody(demand)).toReadableStream();
    expect(demand).not.toHaveBeenCalled();
  });

  it('close() does nothing', async () => {
    const input = streamOf('abc');
    input.close();
    expect((await input.read()).toString()).toBe('abc');
  });
});

describe('a request without a body', () => {
  it('is at its end from the start', async () => {
    const input = new InputStream();
    expect(input.isEmpty).toBe(true);
    expect(await input.read()).toHaveLength(0);
    expect(await input.read(5)).toHaveLength(0);
    expect(await input.readline()).toHaveLength(0);
    expect(await input.readlines()).toEqual([]);
    expect(await input.text()).toBe('');
    expect(streamOf().isEmpty).toBe(false);
  });
});

describe('a body that is cut short', () => {
  const error = new Error('cut short');
  const cut = (...blocks: string[]) => {
    const body = new RequestBody(() => {});
    for (const block of blocks) body.push(Buffer.from(block));
    return { body, input: new InputStream(body) };
  };

  it.each([
    ['read()', (input: InputStream) => input.read()],
    ['read(9)', (input: InputStream) => input.read(9)],
    ['readline()', (input: InputStream) => input.readline()],
    ['readlines()', (input: InputStream) => input.readlines()],
    ['text()', (input: InputStream) => input.text()],
  ])('%s rejects, and is never a silent end', async (_what, read) => {
    const { body, input } = cut('abc');
    body.fail(error);
    await expect(read(input)).rejects.toBe(error);
    await expect(input.read(1)).rejects.toBe(error);
  });

  it('the read that waits rejects at once, and so do those behind it', async () => {
    const { body, input } = cut();
    const outcomes = Promise.allSettled([input.read(), input.readline(), input.read(1)]);
    body.fail(error);
    expect(await outcomes).toEqual(Array(3).fill({ status: 'rejected', reason: error }));
  });

  it('what came before can be read', async () => {
    const { body, input } = cut('abc');
    body.fail(error);
    expect((await input.read(3)).toString()).toBe('abc');
    await expect(input.read(1)).rejects.toBe(error);
  });
});
