// What the web servers have in common: configured in a folder of their own, started in the
// foreground on a port that is held for them, stopped by process id.
import { chownSync, readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { fileURLToPath } from 'node:url';
import { startChild } from '../../support/child.ts';
import type { Cleanup } from '../../support/cleanup.ts';
import { holdPort } from '../../support/held-port.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';
import { until } from '../../support/until.ts';
import { account, type Values, writeConfiguration } from './configuration.ts';

/** A running web server. */
export interface WebServer {
  /** `http://127.0.0.1:` and the port. */
  readonly origin: string;
  /** The same by TLS, where its site listens on TLS_PORT with CERTIFICATE. */
  readonly secureOrigin: string;
  /** Its error log so far. */
  log(): string;
}

/** What is different from one web server to another. */
export interface WebServerKind {
  readonly program: string;
  /** The file in configurations/ that surrounds a site. */
  readonly main: string;
  /** The words that start it in the foreground, given the path of its main configuration. */
  readonly words: (main: string, folder: string) => readonly string[];
  /** Written once it listens, with its process id; without one, its port shows when it listens. */
  readonly pidFile?: string;
  readonly values?: Values;
}

/** Certificate and key of localhost, in one file. */
export const CERTIFICATE = fileURLToPath(
  new URL('../../fixtures/tls/localhost.pem', import.meta.url),
);

/** Starts a web server with one site. */
export async function startWebServer(
  cleanup: Cleanup,
  kind: WebServerKind,
  site: string,
  values: Values,
): Promise<WebServer> {
  const folder = temporaryFolder(cleanup);
  const port = await holdPort(cleanup);
  const securePort = await holdPort(cleanup);
  const { user, group, uid, gid } = account();
  chownSync(folder, uid, gid);
  const all = {
    FOLDER: folder,
    PORT: port,
    TLS_PORT: securePort,
    CERTIFICATE,
    USER: user,
    GROUP: group,
    UID: String(uid),
    GID: String(gid),
    ...kind.values,
    ...values,
  };
  const sitePath = writeConfiguration(folder, site, all);
  const main = writeConfiguration(folder, kind.main, { ...all, SITE: sitePath });
  const child = startChild(cleanup, kind.program, kind.words(main, folder), {
    cwd: folder,
    env: { PATH: process.env.PATH, HOME: folder },
  });
  const log = () => child.stderr + contentOf(`${folder}/error.log`);
  await until(`${kind.program} listens`, () => {
    if (child.exit) throw new Error(`${kind.program} does not start:\n${child.stdout}${log()}`);
    if (kind.pidFile === undefined) return accepts(Number(port)); // the port is held: nobody else does
    return contentOf(`${folder}/${kind.pidFile}`).trim() === String(child.pid);
  });
  return {
    origin: `http://127.0.0.1:${port}`,
    secureOrigin: `https://127.0.0.1:${securePort}`,
    log,
  };
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = connect(port, '127.0.0.1');
    probe.on('connect', () => {
      probe.destroy();
      resolve(true);
    });
    probe.on('error', () => resolve(false));
  });
}

/** What is in a file; nothing when there is none. */
export function contentOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
