// What to say of a name that is no option where it stands.
import { suggest } from '../suggest.ts';
import { flagOf, type Option } from './option.ts';

const ELSEWHERE = {
  call: 'it is for calls of the library',
  code: 'it is for calls of the library, and for configuration files in JavaScript',
  command: 'it is for the command line and the environment',
} as const;

/**
 * `; did you mean …?`, or where that option can be given, or all names that there are.
 *
 * @param word - as it was written, without dashes in front
 * @param options - all that are declared, also those that cannot be given here
 * @param known - names that would be right here
 */
export function hintAt(word: string, options: readonly Option[], known: readonly string[]): string {
  const flag = flagOf(word);
  const there = options.find((option) => option.only !== undefined && option.flag === flag);
  if (there?.only) return ` here: ${ELSEWHERE[there.only]}`;
  const meant = options.find((option) => option.meant?.some((name) => flagOf(name) === flag));
  const name = [meant?.name, meant?.flag].find(
    (each) => each !== undefined && known.includes(each),
  );
  return name === undefined ? suggest(word, known) : `; did you mean ${name}?`;
}
