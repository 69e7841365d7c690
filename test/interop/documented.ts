// Set-ups as the documents show them: the block of a page and the command above it, with other ports and paths.
import { type Block, blocksOf, commandBehind, read, wordsOf } from '../docs/markdown.ts';
import type { Cleanup } from '../support/cleanup.ts';
import { appPath, portOf, startSluice } from '../support/sluice.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import type { StartWebServer } from './behind.ts';
import { addTemplate, templateText } from './servers/configuration.ts';
import type { SetUp } from './set-up.ts';

/**
 * What a page of docs/ shows, with the application of all behaviours in the place of `app.mjs`.
 *
 * @param startWebServer - starts the web server of the page
 * @param page - `nginx`
 * @param listen - how the address begins that Sluice listens at: it tells the blocks of a page apart
 */
export function documented(
  startWebServer: StartWebServer,
  page: string,
  listen: string,
): Pick<SetUp, 'mount' | 'start'> {
  const { site, command, port } = documentedSite(page, listen);
  return {
    mount: /--script-name (\/\S*)/.exec(command)?.[1] ?? '',
    async start(cleanup: Cleanup) {
      const socket = `${temporaryFolder(cleanup)}/app.sock`;
      const [, , , ...words] = wordsOf(command); // behind: npx sluice serve
      const { addresses, child } = await startSluice(
        cleanup,
        words
          .map((word) => (word === 'app.mjs' ? appPath('every-behaviour.js') : word))
          .map((word) => word.replace(`127.0.0.1:${port}`, '127.0.0.1:0').replace(SOCKET, socket)),
      );
      const isUnix = port === undefined;
      const values = isUnix ? { SOCKET: socket } : { APPLICATION_PORT: portOf(addresses[0]) };
      const { origin, log } = await startWebServer(cleanup, site, values);
      return { origin, logs: () => child.stderr + log() };
    },
  };
}

/** The configuration that a page shows, as a site that can be started; see {@link documented}. */
export function documentedSite(page: string, listen: string) {
  const block = findBlock(`docs/${page}.md`, listen);
  const command = commandBehind(block);
  const port = /127\.0\.0\.1:(\d+)/.exec(command)?.[1];
  const site = addTemplate(`${page}-line-${block.line}`, templateOf(block, port));
  return { site, command, port };
}

const SOCKET = '/run/app.sock';

/**
 * The line of docs/inetd.md as a configuration, with what is in another one behind it.
 *
 * @param rest - file of configurations/
 * @param perMinute - how many connections inetd takes before it takes the program for broken: tests ask more than people
 */
export function documentedInetd(rest: string, perMinute: number): string {
  const [block] = blocksOf('docs/inetd.md').filter(({ language }) => language === 'inetd');
  if (!block) throw new Error('docs/inetd.md has no line for inetd.conf');
  const line = block.text
    .replace(SOCKET, `${placeholder('FOLDER')}/app.sock`)
    .replace(' nowait ', ` nowait.${perMinute} `)
    .replace(' www-data ', ` ${placeholder('USER')} `)
    .replace('/usr/bin/node', placeholder('NODE'))
    .replace('/srv/node_modules/sluice/dist/bin.js', placeholder('SLUICE'))
    .replace('/srv/app.mjs', placeholder('APPLICATION'))
    .replace('/srv/app.log', `${placeholder('FOLDER')}/app.log`);
  return addTemplate(`documented-${rest}`, line + templateText(rest));
}

function findBlock(document: string, listen: string): Block {
  const blocks = blocksOf(document).filter((block) =>
    commandBehind(block).includes(`--listen ${listen}`),
  );
  const [block, other] = blocks;
  if (block && !other) return block;
  throw new Error(`${document} has ${blocks.length} blocks behind ${listen}`);
}

/** The block with placeholders, and with what the sentence above it says to turn on. */
function templateOf({ document, line, text }: Block, port: string | undefined): string {
  const above = read(document).split('\n').slice(0, line).join('\n');
  const modules = document.endsWith('apache.md') ? (modulesOf(above) ?? []) : [];
  const site = text
    .replaceAll('127.0.0.1:8080', `127.0.0.1:${placeholder('PORT')}`)
    .replaceAll(SOCKET, placeholder('SOCKET'))
    .replace(/include (\w+_params)/, 'include /etc/nginx/$1');
  return [
    ...modules.map(
      (name) => `LoadModule ${name}_module "${placeholder('MODULES')}/mod_${name}.so"`,
    ),
    port === undefined ? site : site.replaceAll(port, placeholder('APPLICATION_PORT')),
  ].join('\n');
}

/** Of the last `a2enmod …` in a text. */
function modulesOf(text: string): readonly string[] | undefined {
  return [...text.matchAll(/`a2enmod ([^`]+)`/g)].at(-1)?.[1]?.split(' ');
}

function placeholder(name: string): string {
  return `$\{${name}}`;
}
