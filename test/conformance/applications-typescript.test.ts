// TypeScript sources: served where types are left out, by the runtime or by a loader, and else told in words.
import { writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, it } from 'vitest';
import { textAt, writeModule } from './support/applications.ts';
import { sluiceServe } from './support/command.ts';
import { run } from './support/configuration.ts';
import { MODELS } from './support/matrix.ts';

const HTTP = ['--listen', 'http://127.0.0.1:0'];
const SOURCE = `import { text } from './text.ts';
const handler = (request: Request): Response => new Response(text);
export default { fetch: handler };`;
const TEXT = "export const text: string = 'served';";

/** What the runtime makes of types; Node.js 20 does not have the field. */
const { typescript } = process.features as { typescript?: string | false };

/** A loader for no more than these two files. */
const LOADER = `import { register } from 'node:module';
register('data:text/javascript,' + encodeURIComponent(\`
  import { readFile } from 'node:fs/promises';
  export async function load(url, context, next) {
    if (!url.endsWith('.ts')) return next(url, context);
    const text = await readFile(new URL(url), 'utf8');
    return { format: 'module', source: text.replace(/: (?:Request|Response|string)\\\\b/g, ''), shortCircuit: true };
  }\`));`;

function project(): string {
  const file = writeModule(SOURCE, 'app.ts');
  writeFileSync(join(dirname(file), 'package.json'), '{"type":"module"}');
  writeFileSync(join(dirname(file), 'text.ts'), TEXT);
  return file;
}

describe.each(MODELS)('under %s', (model) => {
  const options = [...HTTP, '--concurrency', model, '--workers', '1'];

  it('types are left out by the runtime, or the message says who does', async () => {
    const file = project();
    if (typescript) {
      const { url } = await sluiceServe(file, options);
      expect(await textAt(url, '/')).toBe('served');
      return;
    }
    const { code, stderr } = await run(['serve', file, ...options], {});
    expect(stderr).toMatch(
      /app\.ts cannot be imported: .*app\.ts: Node\.js \S+ reads no TypeScript/,
    );
    expect(stderr).toMatch(/22\.18, 23\.6 and later do, .* NODE_OPTIONS='--import tsx'/);
    expect(code).toBe(2);
  });

  it('a loader of NODE_OPTIONS leaves them out', async () => {
    const file = project();
    const loader = join(dirname(file), 'loader.mjs');
    writeFileSync(loader, LOADER);
    const env = { ...process.env, NODE_OPTIONS: `--import ${pathToFileURL(loader).href}` };
    const { url } = await sluiceServe(file, options, { env });
    expect(await textAt(url, '/')).toBe('served');
  });
});

it('a file that it imports is named', async () => {
  const files = {
    'app.mjs': "export { default } from './other.ts';",
    'other.ts': SOURCE,
    'text.ts': TEXT,
  };
  const { code, stderr } = await run(['check', 'app.mjs'], files);
  if (typescript) expect([code, stderr]).toEqual([0, expect.not.stringContaining('mistake')]);
  else expect(stderr).toMatch(/other\.ts: Node\.js \S+ reads no TypeScript/);
});

it('what becomes code is told, with who reads it', async () => {
  const files = {
    'app.ts': 'enum Color { red }\nexport default () => [];',
    'package.json': '{"type":"module"}',
  };
  const { code, stderr } = await run(['check', 'app.ts'], files);
  expect(stderr).toMatch(typescript ? /--experimental-transform-types/ : /reads no TypeScript/);
  expect(code).toBe(2);
});

it('no runtime reads .tsx', async () => {
  const { stderr } = await run(['check', 'app.tsx'], { 'app.tsx': 'export default () => <p/>;' });
  expect(stderr).toMatch(/app\.tsx: Node\.js \S+ reads no \.tsx; a loader does/);
});
