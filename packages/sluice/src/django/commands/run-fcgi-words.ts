// The words of `runfcgi`: name=value, of Django's options and of ours.
import { OptionError } from '@sluice/protocol';
import { CommandOptions } from '../../options/command-options.ts';
import { namesOf, type Option, optionsOf } from '../../options/option.ts';
import type { Given } from '../../options/read-value.ts';
import { giveOnce, type Layer } from '../../options/resolve.ts';
import { suggest } from '../../suggest.ts';
import type { RunfcgiWords } from './run-fcgi.ts';
import { RunfcgiOptions } from './run-fcgi-options.ts';

/** What was said. */
export interface RunfcgiPairs {
  /** Of Django's options, and those beside them. */
  readonly own: Layer;
  /** Of the options of `sluice serve`. */
  readonly ours: Layer;
}

/** Options of `sluice serve` that have another word here. */
const REPLACED: Readonly<Record<string, string>> = {
  concurrency: 'method',
  minSpare: 'minspare',
  maxSpare: 'maxspare',
  maxChildren: 'maxchildren',
  maxRequests: 'maxrequests',
  allow: 'allowedServers',
};

const OWN = optionsOf(RunfcgiOptions);
const OURS = optionsOf(CommandOptions).filter(
  ({ name, only }) => only === undefined && !Object.hasOwn(REPLACED, name),
);

/**
 * Reads words such as `port=3033`; one without a value stands for true.
 *
 * @throws OptionError `ERR_OPTION_UNKNOWN` with the nearest name, `ERR_OPTION_VALUE` for one that is given twice
 */
export function readPairs(given: RunfcgiWords): RunfcgiPairs {
  const own = new Map<string, Given>();
  const ours = new Map<string, Given>();
  for (const [word, value] of pairsOf(given)) {
    const isText = typeof value === 'string';
    const said = { value, origin: { from: 'call', name: word }, isText } as const;
    const option = find(OWN, word);
    if (option) giveOnce(own, option, said);
    else giveOnce(ours, find(OURS, word) ?? unknown(word), said);
  }
  return { own, ours };
}

function pairsOf(given: RunfcgiWords): readonly (readonly [string, unknown])[] {
  if (!Array.isArray(given))
    return Object.entries(given).filter(([, value]) => value !== undefined);
  return given.map((word: string) => {
    const at = word.indexOf('=');
    return at < 0 ? [word, 'true'] : [word.slice(0, at), word.slice(at + 1)];
  });
}

function find(options: readonly Option[], word: string): Option | undefined {
  // accessLog is access-log elsewhere; a dash in front is somebody else's way to write options.
  const plain = (name: string) => name.toLowerCase().replace(/(?<=\w)-/g, '');
  return options.find((option) => namesOf(option).some((name) => plain(name) === plain(word)));
}

function unknown(word: string): never {
  const meant = REPLACED[word];
  const known = [...OWN, ...OURS].map(({ name }) => name);
  const hint = word.startsWith('-')
    ? '; options are written name=value, as in port=3033'
    : meant === undefined
      ? suggest(word, known)
      : `; did you mean ${meant}?`;
  throw new OptionError('ERR_OPTION_UNKNOWN', `there is no option ${word}${hint}`);
}
