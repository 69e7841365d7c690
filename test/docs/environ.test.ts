// docs/environ.md: what applications find in environ, by every protocol.
import { connect } from 'node:net';
import { PROTOCOLS } from 'sluice';
import { afterEach, describe, expect, it } from 'vitest';
import { Cleanup } from '../support/cleanup.ts';
import { startSluice } from '../support/sluice.ts';
import { inTime } from '../support/until.ts';
import { ask, scgiRequest } from './ask.ts';
import { run } from './commands.ts';
import { read, rowsOf } from './markdown.ts';
import { openWorkshop } from './workshop.ts';

const cleanup = new Cleanup();
afterEach(() => cleanup.run());

const DOCUMENT = 'docs/environ.md';
const rows = rowsOf(read(DOCUMENT), 'Key') as [key: string, protocols: string, value: string][];
/** Not of every request. */
const RARE = ['sluice.upgrade', 'sluice.fastcgi.data', 'sluice.ajp.attributes'];

const listeners = Object.entries(PROTOCOLS).flatMap(([name, { startsPrograms }]) =>
  startsPrograms ? [] : [name],
);

describe(DOCUMENT, () => {
  it.each(listeners)('lists the keys that are none of PEP 3333: %s', async (scheme) => {
    const { addresses } = await startSluice(cleanup, [
      'demo',
      '--listen',
      `${scheme}://127.0.0.1:0`,
    ]);
    const shown = await ask(addresses[0] as string, '/');
    const keys = [...shown.matchAll(/^((?:sluice\.|FCGI_)\S+) = /gm)].map(([, key]) => key);
    const listed = rows.filter(([, protocols]) => protocols === 'all' || protocols === scheme);
    const expected = listed.map(([key]) => key).filter((key) => !RARE.includes(key));
    expect(keys.sort()).toEqual(expected.sort());
    expect(shown).toContain(`sluice.protocol = '${scheme}'\n`);
  });

  it('lists every protocol that sluice.protocol names', () => {
    const [, , value] = rows.find(([key]) => key === 'sluice.protocol') ?? [];
    const named = [...(value ?? '').matchAll(/`(\w+)`/g)].map(([, name]) => name);
    expect(named.sort()).toEqual(Object.keys(PROTOCOLS).sort());
  });

  it('echo.mjs takes a connection over', async () => {
    const { folder } = await openWorkshop(cleanup, DOCUMENT);
    const words = ['echo.mjs', '--listen', 'scgi://127.0.0.1:0'];
    const { addresses } = await startSluice(cleanup, words, { cwd: folder });
    const port = Number(/\d+$/.exec(addresses[0] as string)?.[0]);
    const socket = connect(port, '127.0.0.1').setEncoding('latin1');
    cleanup.add(() => void socket.destroy());
    socket.write(scgiRequest('/', {}, { HTTP_UPGRADE: 'echo', HTTP_CONNECTION: 'Upgrade' }));
    let answer = '';
    const arrived = new Promise<void>((resolve) => {
      socket.on('data', (text: string) => {
        if (answer === '') socket.write('hello');
        answer += text;
        if (answer.endsWith('hello')) resolve();
      });
    });
    await inTime('the echo arrives', arrived);
    expect(answer).toMatch(/^Status: 101 Switching Protocols\r\nUpgrade: echo\r\n/);
    expect(answer).toMatch(/\r\n\r\nhello$/);
  });

  it.each([
    ['AJP13', 'ajp', []],
    ['Apache', 'scgi', ['--variable', 'SERVER_SOFTWARE=Apache/2.4.71 (Debian)']],
    ['Caddy', 'fastcgi', ['--variable', 'SERVER_SOFTWARE=Caddy/2.6.2']],
  ] as const)('sluice.upgrade is not there by or behind %s', async (_name, scheme, more) => {
    const workshop = await openWorkshop(cleanup, DOCUMENT);
    const listen = `${scheme}://127.0.0.1:0`;
    const { addresses } = await startSluice(cleanup, ['echo.mjs', '--listen', listen], {
      cwd: workshop.folder,
    });
    const asked = [addresses[0] as string, '/', '-i', '-H', 'Upgrade: echo', ...more];
    const { code, stdout } = await run(['request', ...asked], workshop, null);
    expect([code, stdout]).toEqual([4, expect.stringMatching(/^HTTP\/1\.1 426 /)]);
  });

  it('wsgi.errors goes to the log, and by FastCGI to the web server', async () => {
    const workshop = await openWorkshop(cleanup);
    workshop.write(
      'errors.mjs',
      "export default (environ, start) => {\n  environ['wsgi.errors'].write('a line\\n');\n  start('200 OK', []);\n  return [];\n};\n",
    );
    const words = ['errors.mjs', '--listen', 'fastcgi://127.0.0.1:0'];
    const { child, addresses } = await startSluice(cleanup, words, { cwd: workshop.folder });
    const { stderr } = await run(['request', addresses[0] as string], workshop, null);
    expect(stderr).toBe('stderr: a line\n');
    expect(child.stderr).toMatch(/^error: a line$/m);
  });
});
