// --reload: what is edited is served, what is broken is not, and dependencies are left alone.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { get } from './support/load.ts';
import { scratch } from './support/scratch.ts';
import { holds, until } from './support/until.ts';
import { watched } from './support/watched.ts';

const LATE = 15_000;

/** An application that answers with a text of another module. */
function sources() {
  const folder = scratch();
  const write = (file: string, text: string) => writeFileSync(join(folder, file), text);
  for (const name of ['lib', 'node_modules', '.git']) mkdirSync(join(folder, name));
  write('package.json', '{"type":"module"}');
  write('lib/text.js', "export const text = 'one';\n");
  write(
    'app.js',
    `import { text } from './lib/text.js';
export default (_environ, startResponse) => {
  startResponse('200 OK', [['Content-Type', 'text/plain']]);
  return [Buffer.from(text)];
};
`,
  );
  return { application: join(folder, 'app.js'), write };
}

describe.each([
  ['single, which becomes fork', 'single'],
  ['fork', 'fork'],
  ['thread', 'thread'],
])('%s', (_name, model) => {
  it('an edit is served, a broken one is not, and one that mends it is', async () => {
    const { application, write } = sources();
    const words = model === 'single' ? ['--reload'] : ['--reload', '--workers', '1'];
    const { program, url, status } = await watched(model, words, { application });
    expect(await get(url, '/')).toBe('one');
    expect(await status()).toMatchObject({ size: 1 });
    write('lib/text.js', "export const text = 'two';\n");
    await until('the edit', async () => (await get(url, '/')) === 'two', LATE);
    await program.line(/^info: \S+text\.js has changed, workers are replaced$/);

    write('lib/text.js', 'export const text = ;\n');
    await program.line(/lib\/text\.js:1[\s\S]*|SyntaxError/, LATE);
    await program.line(/ended before it was ready/, LATE);
    expect(await get(url, '/')).toBe('two');

    write('lib/text.js', "export const text = 'three';\n");
    await until('the edit', async () => (await get(url, '/')) === 'three', LATE);
  });
});

it('what is in node_modules, begins with a dot or is no source changes nothing', async () => {
  const { application, write } = sources();
  const { program, url } = await watched('fork', ['--reload'], { application });
  write('node_modules/other.js', '1');
  write('.git/hook.js', '1');
  write('.hidden.js', '1');
  write('notes.txt', '1');
  await holds('nobody cares', () => !program.stderr.includes('has changed'), 600);
  write('added.js', '1'); // a file that was not there is a change
  await program.line(/added\.js has changed/, LATE);
  await get(url, '/');
  expect(program.log.filter((line) => /has changed/.test(line))).toHaveLength(1);
});
