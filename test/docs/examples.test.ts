// Examples of the documents run and print what stands below them.
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { startChild } from '../support/child.ts';
import { Cleanup } from '../support/cleanup.ts';
import { inTime } from '../support/until.ts';
import { blocksOf, DOCUMENTS } from './markdown.ts';
import { openWorkshop } from './workshop.ts';

const cleanup = new Cleanup();
afterEach(() => cleanup.run());

/** Each module of a document, with the output that follows it. */
const modules = DOCUMENTS.flatMap((document) => {
  const blocks = blocksOf(document);
  return blocks.flatMap((block, at) => {
    if (!['js', 'ts', 'mjs'].includes(block.language)) return [];
    const next = blocks[at + 1];
    return [{ ...block, output: next?.language === 'text' ? next.text : undefined }];
  });
});

describe('examples', () => {
  it('name the file that they are', () => {
    expect(
      modules.filter(({ file }) => !/^(?:[\w.-]+\.(?:mjs|f?cgi)|mysite\/[\w/]+\.js)$/.test(file)),
    ).toEqual([]);
  });

  it('are in each README of a package', () => {
    const shown = new Set(modules.filter(({ output }) => output).map(({ document }) => document));
    const wanted = DOCUMENTS.filter((document) => document.startsWith('packages/'));
    expect(wanted.filter((document) => !shown.has(document))).toEqual([]);
  });

  it.each(modules.filter(({ output }) => output !== undefined))(
    '$document prints what it says ($file)',
    async ({ document, file, output }) => {
      const { folder } = await openWorkshop(cleanup, document);
      const child = startChild(cleanup, process.execPath, [join(folder, file)], { cwd: folder });
      const exit = await inTime('the example ends', child.ended);
      expect({ ...exit, stdout: child.stdout, stderr: child.stderr }).toEqual({
        code: 0,
        signal: null,
        stdout: output,
        stderr: '',
      });
    },
  );
});
