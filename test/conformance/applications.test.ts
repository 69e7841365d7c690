// `sluice serve app.js` for the applications people have: what they are is found, said and served.
import { describe, expect, it } from 'vitest';
import { framework, textAt, writeModule } from './support/applications.ts';
import { sluiceServe } from './support/command.ts';
import { MODELS } from './support/matrix.ts';

const PROTOCOLS = ['http', 'scgi', 'fastcgi'];

const WSGI = `export default (environ, startResponse) => {
  startResponse('200 OK', []);
  return ['hello'];
};`;

/** Each application, and what the first line says of it. */
const APPLICATIONS: readonly [string, () => string, string][] = [
  ['Express', () => framework('express5'), 'a Node handler (Express)'],
  ['Koa', () => framework('koa'), 'a Node handler (Koa)'],
  ['Hono', () => framework('hono'), 'a Fetch handler (Hono)'],
  [
    'a server that listens',
    () => framework('bare'),
    'the http.Server that it starts, instead of port 3000',
  ],
  ['WSGI', () => writeModule(WSGI), 'a WSGI-style application'],
];

describe.each(MODELS)('under %s', (model) => {
  it.each(APPLICATIONS)('%s is served, and said to be what it is', async (_, file, about) => {
    const listen = PROTOCOLS.flatMap((protocol) => ['--listen', `${protocol}://127.0.0.1:0`]);
    const options = [...listen, '--concurrency', model, '--workers', '2'];
    const application = file();
    const { program, urls } = await sluiceServe(application, options);
    for (const url of urls) expect(await textAt(url, '/hello'), url).toBe('hello');
    const workers = model === 'single' ? '' : `, ${model} with 2 workers`;
    const line = `serving ${application}: ${about}${workers}; stop with Ctrl-C`;
    expect(program.log.filter((each) => each.includes(about))).toEqual([line]);
  });
});
