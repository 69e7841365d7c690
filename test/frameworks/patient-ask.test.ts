// An application that hangs fails its test, and is ended: nothing waits for it any more.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it, onTestFinished } from 'vitest';
import { backEndFor } from '../conformance/support/back-end.ts';
import { isAlive } from '../conformance/support/processes.ts';
import { serverForTest } from '../conformance/support/start-server.ts';
import { until } from '../conformance/support/until.ts';
import { cgiBackEnd } from './describe-framework.ts';
import { patientAsk } from './patient-ask.ts';

const ADAPTED = fileURLToPath(new URL('../fixtures/frameworks/adapted.js', import.meta.url));

it.each(['/spin', '/silence'])('a server that hangs: %s', async (path) => {
  const env = { ...process.env, FRAMEWORK: 'hanging' };
  const server = await serverForTest(ADAPTED, { listen: ['scgi://127.0.0.1:0'] }, env);
  const end = async () => {
    await server.program.kill();
    return server.program.stderr;
  };
  const ask = patientAsk(await backEndFor(server.url), end, 500);
  const get = (to: string) => ask({ PATH_INFO: to, REQUEST_URI: to });
  expect((await get('/')).text).toBe('fine');
  const words = path === '/spin' ? /within 500 ms[\s\S]*process \d+ spins/ : /within 500 ms/;
  await expect(get(path)).rejects.toThrow(words);
  expect((await server.program.exit).signal).toBe('SIGKILL');
  await expect(get('/')).rejects.toThrow('ECONNREFUSED');
});

it('a CGI program that spins', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-hanging-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const ask = patientAsk(await cgiBackEnd(folder, { FRAMEWORK: 'hanging' }), undefined, 3000);
  const failed = await ask({ PATH_INFO: '/spin', REQUEST_URI: '/spin' }).catch(String);
  const [, pid] = /no answer to \/spin[\s\S]*process (\d+) spins/.exec(String(failed)) ?? [];
  expect(failed).toContain(`process ${pid} spins`);
  await until('the end of the program', () => !isAlive(Number(pid)), 10_000);
});
