// A folder in which the examples of the documents run: what they import and serve is there, and no
// address of theirs is taken from anybody else.
import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { Cleanup } from '../support/cleanup.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { blocksOf, ROOT } from './markdown.ts';

/** A folder for examples. */
export interface Workshop {
  readonly folder: string;
  /** Writes a file that can be run. */
  write(file: string, text: string): void;
  /** Text of a document with ports, sockets and paths that are ours alone. */
  local(text: string): string;
}

/** Makes a folder with the files of a document, and with `app.mjs` and `cgi-bin/` of the README. */
export async function openWorkshop(cleanup: Cleanup, document = 'README.md'): Promise<Workshop> {
  const folder = temporaryFolder(cleanup);
  const upstream = await startUpstream(cleanup);
  const local = (text: string) =>
    text
      .replaceAll('http://127.0.0.1:3000', upstream)
      .replace(/(?<!listen )127\.0\.0\.1:[1-9]\d{3}\b(?=[\s'?/]|$)/gm, (address) =>
        upstream.endsWith(address) ? address : '127.0.0.1:0',
      )
      .replace(/\[::1\]:\d+/g, '[::1]:0')
      .replace(/(?<=:\/\/)0\.0\.0\.0:[1-9]\d{3}\b/g, '0.0.0.0:0')
      .replace('trust=192.0.2.7', 'trust=127.0.0.1')
      .replace(/\/(?:run|srv|var\/log\/sluice)\//g, `${folder}/`)
      .replace(/^#!\/usr\/bin\/env node$/m, `#!${process.execPath}`)
      .replaceAll('/usr/bin/node', process.execPath);
  const write = (file: string, text: string) => {
    writeFileSync(join(folder, file), local(text));
    chmodSync(join(folder, file), 0o755);
  };
  symlinkSync(`${ROOT}node_modules`, join(folder, 'node_modules'));
  mkdirSync(join(folder, 'cgi-bin'));
  for (const { file, text } of [...blocksOf('README.md'), ...blocksOf(document)]) {
    if (file === '') continue;
    write(file, text);
    if (file === 'hello.mjs' || file === 'app.mjs') write(`cgi-bin/${file}`, text);
  }
  return { folder, local, write };
}

/** The HTTP server that relays lead to: it answers as `app.mjs` does. */
async function startUpstream(cleanup: Cleanup): Promise<string> {
  const server = createServer((request, response) => {
    response.end(`${request.method} ${request.url}\n`);
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  cleanup.add(() => {
    server.close();
    server.closeAllConnections();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}
