// A directory of CGI scripts, and a server in front of it.
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ServeOptions } from 'sluice';
import { exchange } from './peer.ts';
import { scgiRequest } from './scgi.ts';
import { scratch } from './scratch.ts';
import { serverForTest, type TestServer } from './start-server.ts';

/** What a request to a script was answered with. */
export interface CgiAnswer {
  readonly status: number;
  readonly head: string;
  readonly body: string;
}

/** A directory with scripts, served over SCGI. */
export class CgiBin {
  readonly parent = scratch();
  readonly directory = join(this.parent, 'cgi-bin');
  #server: TestServer | undefined;

  /** @param scripts - text of each by its path; `#!/bin/sh` is put in front of what has no first line of its own */
  constructor(scripts: Readonly<Record<string, string>> = {}) {
    mkdirSync(this.directory);
    for (const [name, text] of Object.entries(scripts)) this.write(name, text);
  }

  /** Adds a script, below the directory unless the path is absolute; gives its path. */
  write(name: string, text: string, mode = 0o755): string {
    const path = name.startsWith('/') ? name : join(this.directory, name);
    mkdirSync(join(path, '..'), { recursive: true });
    writeFileSync(path, text.startsWith('#!') ? text : `#!/bin/sh\n${text}\n`);
    chmodSync(path, mode);
    return path;
  }

  /** Starts the server: the directory, or what else is to be run. */
  async serve(
    target = `${this.directory}/`,
    env: NodeJS.ProcessEnv = {},
    options: Partial<ServeOptions> = {},
  ): Promise<TestServer> {
    this.#server = await serverForTest(
      `cgi:${target}`,
      { listen: ['scgi://127.0.0.1:0'], ...options },
      { ...process.env, ...env },
    );
    return this.#server;
  }

  get server(): TestServer {
    return this.#server as TestServer;
  }

  /** Asks for a path; variables are sent as they are. */
  async ask(path: string, variables: Record<string, string> = {}, body = ''): Promise<CgiAnswer> {
    const request = scgiRequest({ SCRIPT_NAME: '', PATH_INFO: path, ...variables }, body);
    const { answer } = await exchange(this.server.url, request, { deadline: 15_000 });
    const end = answer.indexOf('\r\n\r\n');
    return {
      status: Number(/^Status: (\d{3})/.exec(answer)?.[1]),
      head: answer.slice(0, end),
      body: answer.slice(end + 4),
    };
  }
}
