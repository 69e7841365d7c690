// Modules for `sluice serve`, and what is asked of them.
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { call } from '@sluice/gateway/testing';
import { onTestFinished } from 'vitest';
import { backEndFor } from './back-end.ts';
import { scratch } from './scratch.ts';

/** An application of test/fixtures/frameworks. */
export function framework(name: string): string {
  return fileURLToPath(new URL(`../../fixtures/frameworks/${name}.js`, import.meta.url));
}

/** Writes a module for this test; an ES module unless its name says something else. */
export function writeModule(text: string, name = 'app.mjs'): string {
  const file = join(scratch(), name);
  writeFileSync(file, text);
  return file;
}

/** What a server answers at a path, by its own protocol. */
export async function textAt(url: string, path: string): Promise<string> {
  const variables = { PATH_INFO: path, REQUEST_URI: path, REMOTE_ADDR: '192.0.2.7' };
  return (await call(await backEndFor(url), variables)).text;
}

/** A port that somebody listens on while the test runs: whoever else listens there fails. */
export async function takenPort(): Promise<number> {
  const server = createServer();
  onTestFinished(() => void server.close());
  await new Promise<void>((resolve) => server.listen(0, () => resolve()));
  return (server.address() as { port: number }).port;
}
