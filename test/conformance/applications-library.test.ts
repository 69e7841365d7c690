// Applications of frameworks where no module is named by a command: in a program, in a project, after a reload.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, it, onTestFinished } from 'vitest';
import { framework, textAt, writeModule } from './support/applications.ts';
import { sluiceServe } from './support/command.ts';
import { MODELS } from './support/matrix.ts';
import { runProgram } from './support/program.ts';
import { scratch } from './support/scratch.ts';
import { until } from './support/until.ts';

const EXPRESS = pathToFileURL(framework('express5')).href;
const SLUICE = import.meta.resolve('sluice');

/** Runs a program that prints an address; settles with that. */
async function addressOf(text: string): Promise<string> {
  const program = runProgram([writeModule(text, 'program.mjs')]);
  onTestFinished(() => program.kill());
  return (await program.line(/^listening /, 15_000)).slice('listening '.length).trim();
}

describe.each(MODELS)('an application of Express, under %s', (model) => {
  it('is what serve() is given', async () => {
    const options = { listen: ['fastcgi://127.0.0.1:0'], concurrency: model, workers: 2 };
    const url = await addressOf(`import { serve } from '${SLUICE}';
      import app from '${EXPRESS}';
      const server = await serve(app, ${JSON.stringify(options)});
      if (!server.isWorker) console.error('listening ' + server.addresses[0]);`);
    expect(await textAt(url, '/hello')).toBe('hello');
  });

  it('is what a project names', async () => {
    const root = join(scratch(), 'site');
    mkdirSync(join(root, 'site'), { recursive: true });
    writeFileSync(join(root, 'package.json'), '{"type":"module"}');
    writeFileSync(join(root, 'manage.js'), '');
    const settings =
      "export const WSGI_APPLICATION = 'site.web.app';\nexport const DEBUG = true;\n";
    writeFileSync(join(root, 'site/settings.js'), settings);
    writeFileSync(join(root, 'site/web.js'), `export { default as app } from '${EXPRESS}';\n`);
    const words = ['--listen', 'scgi://127.0.0.1:0', '--concurrency', model, '--workers', '2'];
    const { url } = await sluiceServe(root, words);
    expect(await textAt(url, '/hello')).toBe('hello');
  });
});

it('HUP replaces workers whose module exports a handler', async () => {
  const text = (word: string) => `export default (req, res) => res.end('${word}');`;
  const file = writeModule(text('before'));
  const words = ['--listen', 'http://127.0.0.1:0', '--concurrency', 'fork', '--workers', '2'];
  const { program, url } = await sluiceServe(file, words);
  expect(await textAt(url, '/')).toBe('before');
  writeFileSync(file, text('after'));
  program.signal('SIGHUP');
  await until('the new code answers', async () => (await textAt(url, '/')) === 'after');
});
