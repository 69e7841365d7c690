// Stacks as people see them whose module has thrown.
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, it } from 'vitest';
import { importFunction } from '../src/loading/import-module.ts';
import { ownStack } from '../src/loading/own-stack.ts';
import { folderOf } from './files.ts';

const OURS = new URL('../src/loading/own-stack.ts', import.meta.url).pathname;

describe('ownStack', () => {
  it('keeps the frames of whoever wrote the module', () => {
    const error = Object.assign(new Error('no database'), {
      stack: [
        'Error: no database',
        '    at connect (file:///srv/app.mjs:3:9)',
        `    at importModule (file://${OURS}:78:5)`,
        '    at async ModuleLoader.import (node:internal/modules/esm/loader:606:24)',
        '    at async file:///srv/node_modules/pg/index.js:1:1',
      ].join('\n'),
    });
    expect(ownStack(error)).toBe(
      'Error: no database\n    at connect (file:///srv/app.mjs:3:9)\n    at async file:///srv/node_modules/pg/index.js:1:1',
    );
  });

  it.each(['a text', null, undefined, 5])('%j is what was thrown', (thrown) => {
    expect(ownStack(thrown)).toBe(String(thrown));
  });
});

it('a module that cannot be imported is told with its own line, and no other', async () => {
  const folder = folderOf({ 'app.mjs': '\nthrow new Error("no database");' });
  const wanted = { what: 'application', usual: ['default'], shape: '' };
  const failing = importFunction('app.mjs', wanted, folder);
  const { message } = (await failing.then(
    () => expect.unreachable(),
    (error) => error,
  )) as Error;
  const frames = message.split('\n').filter((line) => /^\s+at /.test(line));
  expect(message).toMatch(/^app\.mjs cannot be imported: Error: no database/);
  expect(
    frames.every((line) => !line.includes('node:internal') && !line.includes('import-module')),
  ).toBe(true);
  expect(message).toContain(`${pathToFileURL(join(folder, 'app.mjs')).pathname}:2`);
});
