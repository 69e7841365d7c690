// `egg:sluice#scgi_fork`: names of servers in configuration files, which are flup's.
import type { Concurrency } from '../options/worker-options.ts';
import { isProtocolName, PROTOCOLS, type ProtocolName } from '../registry.ts';
import { nearest, suggest } from '../suggest.ts';

/** What the name of a server says. */
export interface Factory {
  readonly protocol: ProtocolName;
  readonly concurrency: Concurrency;
  /** The address of a server that names none. */
  readonly address: string;
}

/** flup's names, where ours is another. */
const ALIASES: Readonly<Record<string, ProtocolName>> = { fcgi: 'fastcgi', ajp13: 'ajp' };
/** Where flup listens when no address is said: the web server has opened the socket. Others have a usual port. */
const WITHOUT_ADDRESS: Readonly<Partial<Record<ProtocolName, string>>> = { fastcgi: '+fd:0' };
const EGGS = ['sluice', 'flup', 'pastescript'];
const MODELS: readonly Concurrency[] = ['single', 'fork', 'thread'];

/**
 * Reads the name of a server.
 *
 * @param text - `egg:sluice#scgi_fork`, `egg:flup#fcgi`, `egg:PasteScript#flup_scgi_thread`
 * @param fail - throws, with a reason
 * @returns undefined when the text names no egg
 */
export function readFactory(text: string, fail: (why: string) => never): Factory | undefined {
  const [, egg, name = 'main'] = /^egg:([^#]*)(?:#(.*))?$/.exec(text) ?? [];
  if (egg === undefined) return undefined;
  if (!EGGS.includes(egg.trim().toLowerCase())) {
    const near = nearest(egg.trim(), EGGS) && ` (did you mean egg:sluice#${name}?)`;
    fail(
      `${text} is no server that is known here${near}: it is egg:sluice#NAME, as in egg:sluice#scgi_fork`,
    );
  }
  const plain = name.trim().replace(/^flup_/, '');
  const [, scheme = '', model] = /^(.*?)(?:_(single|fork|thread))?$/.exec(plain) ?? [];
  const protocol = Object.hasOwn(ALIASES, scheme) ? (ALIASES[scheme] as ProtocolName) : scheme;
  if (!isProtocolName(protocol) || PROTOCOLS[protocol].startsPrograms)
    return fail(`there is no server ${name}${suggest(plain, factoryNames())}`);
  return {
    protocol,
    concurrency: (model as Concurrency | undefined) ?? 'thread', // as flup has it
    address: `${protocol}${WITHOUT_ADDRESS[protocol] ?? '://127.0.0.1'}`,
  };
}

/** All names of servers. */
function factoryNames(): readonly string[] {
  const protocols = Object.entries(PROTOCOLS).filter(([, { startsPrograms }]) => !startsPrograms);
  return protocols.flatMap(([name]) => [name, ...MODELS.map((model) => `${name}_${model}`)]);
}
