// Web servers in the foreground, with the configurations of the documents in the least that they need around.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { delimiter, join } from 'node:path';
import { startChild } from '../support/child.ts';
import type { Cleanup } from '../support/cleanup.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { until } from '../support/until.ts';

/** A web server, by the language of its blocks. */
export type WebServer = keyof typeof SERVERS;

/** What is around a site. */
interface Surroundings {
  readonly program: string;
  readonly words: (configuration: string) => readonly string[];
  readonly text: (site: string, folder: string, port: number) => string;
}

const MODULES = '/usr/lib/apache2/modules';
const MODULE_NAMES = [
  ...['mpm_event', 'authz_core', 'alias', 'cgid', 'headers', 'proxy', 'proxy_http'],
  ...['proxy_scgi', 'proxy_fcgi', 'proxy_uwsgi', 'proxy_ajp'],
];
const SERVERS = {
  nginx: {
    program: 'nginx',
    words: (configuration) => ['-e', 'stderr', '-c', configuration],
    text: (site, folder, port) => `
daemon off;
pid ${folder}/pid;
error_log stderr error;
events {}
http {
access_log off;
${['client_body', 'proxy', 'scgi', 'fastcgi', 'uwsgi'].map((name) => `${name}_temp_path ${folder}/${name};`).join('\n')}
${site.replace(/listen 127\.0\.0\.1:\d+/, `listen 127.0.0.1:${port}`).replace('include ', 'include /etc/nginx/')}
}`,
  },
  apache: {
    program: 'apache2',
    words: (configuration) => ['-D', 'FOREGROUND', '-f', configuration],
    text: (site, folder, port) =>
      `
ServerRoot "${folder}"
ServerName localhost
Listen 127.0.0.1:${port}
PidFile "${folder}/pid"
DefaultRuntimeDir "${folder}"
Mutex file:${folder} default
ErrorLog "${folder}/log"
User ${userOfServers()}
${MODULE_NAMES.map((name) => `LoadModule ${name}_module ${MODULES}/mod_${name}.so`).join('\n')}
ScriptSock "${folder}/cgid"
${site}`,
  },
  lighttpd: {
    program: 'lighttpd',
    words: (configuration) => ['-D', '-f', configuration],
    text: (site, folder, port) => `
server.bind = "127.0.0.1"
server.port = ${port}
server.document-root = "${folder}"
server.upload-dirs = ( "${folder}" )
server.network-backend = "writev"
${site}`,
  },
  caddyfile: {
    program: 'caddy',
    words: (configuration) => ['run', '--adapter', 'caddyfile', '--config', configuration],
    text: (site, folder, port) => `
{
admin off
auto_https off
storage file_system ${folder}
log {
level ERROR
}
}
${site.replace(/http:\/\/127\.0\.0\.1:\d+/, `http://127.0.0.1:${port}`)}`,
  },
  haproxy: {
    program: 'haproxy',
    words: (configuration) => ['-db', '-f', configuration],
    text: (site, _folder, port) => `
global
log stderr format raw daemon
defaults
mode http
timeout connect 5s
timeout client 30s
timeout server 30s
${site.replace(/bind 127\.0\.0\.1:\d+/, `bind 127.0.0.1:${port}`)}`,
  },
} satisfies Record<string, Surroundings>;

/** Whether blocks of a language are the configuration of a web server. */
export function isWebServer(language: string): language is WebServer {
  return Object.hasOwn(SERVERS, language);
}

/** Whether a web server is installed. SLUICE_REQUIRE_SERVERS wants all of them. */
export function isInstalled(server: WebServer): boolean {
  if (process.env.SLUICE_REQUIRE_SERVERS) return true;
  const folders = [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin'];
  return folders.some((folder) => existsSync(join(folder, SERVERS[server].program)));
}

const TRIES = 3; // somebody else may take the port between our look and the server's

/** Starts a web server with a site; settles with its origin when it accepts connections. */
export async function startWebServer(
  cleanup: Cleanup,
  server: WebServer,
  site: string,
): Promise<string> {
  const { program, words, text } = SERVERS[server];
  const env = { ...process.env, PATH: `${process.env.PATH}${delimiter}/usr/sbin` };
  for (let attempt = 1; ; attempt++) {
    const folder = temporaryFolder(cleanup);
    const port = await freePort();
    const configuration = join(folder, 'configuration');
    writeFileSync(configuration, text(site, folder, port));
    const child = startChild(cleanup, program, words(configuration), { env });
    const listens = await until(`${server} accepts connections`, async () => {
      if (child.exit) return 'ended' as const;
      return (await accepts(port)) && ('listening' as const);
    });
    if (listens === 'listening') return `http://127.0.0.1:${port}`;
    if (attempt === TRIES) throw new Error(`${server}: ${child.stderr}${logOf(folder)}`);
  }
}

function logOf(folder: string): string {
  return existsSync(`${folder}/log`) ? readFileSync(`${folder}/log`, 'utf8') : '';
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => resolve(true));
    socket.on('error', () => resolve(false));
    socket.end();
  });
}

/** A port that was free a moment ago: web servers have no port 0. */
async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => {
    server.close(resolve);
  });
  return port;
}

/** Whom Apache runs as when root starts it; it refuses to stay root. */
function userOfServers(): string {
  return /^www-data:/m.test(readFileSync('/etc/passwd', 'utf8')) ? 'www-data' : 'nobody';
}
