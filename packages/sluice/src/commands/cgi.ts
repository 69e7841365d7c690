// `sluice cgi APP`: the CGI program of an application, or of another server.

import { APPLICATION_KINDS } from '@sluice/adapters/kinds';
import { rawStdout } from '@sluice/front-ends/cgi';
import { answerRequest } from '../started/cgi-program.ts';

const USAGE = `Usage: sluice cgi APP [--as KIND]

Answers the one CGI request that a web server started this process for.

APP is a module (app.js, app.js:name) or the address of a server, which is then reached through CGI:
scgi://127.0.0.1:4000, scgi+unix:/run/app.sock, http://127.0.0.1:8000

KIND says what a module exports where that is guessed wrong: ${APPLICATION_KINDS.join(', ')}

To try it by hand:
  REQUEST_METHOD=GET PATH_INFO=/ sluice cgi app.js
`;

/** Runs the command. */
export async function cgiCommand(words: readonly string[]): Promise<void> {
  const { as = process.env.SLUICE_AS, rest } = takeKind(words);
  const [name, ...more] = rest;
  if (!name || name.startsWith('-') || more.length > 0 || !process.env.REQUEST_METHOD) {
    const help = name === '--help' || name === '-h';
    const text = help ? USAGE : `${complaint(name, more)}\n\n${USAGE}`;
    (help ? rawStdout() : process.stderr).write(text);
    process.exitCode = help ? 0 : name && !name.startsWith('-') && more.length === 0 ? 1 : 2;
    return;
  }
  const kind = APPLICATION_KINDS.find((each) => each === as);
  if (as !== undefined && !kind) {
    const right = APPLICATION_KINDS.join(', ');
    process.stderr.write(`sluice cgi: option as cannot be "${as}": it has to be one of ${right}\n`);
    process.exitCode = 2;
    return;
  }
  await answerRequest(name, 'sluice cgi', kind);
}

/** Takes `--as KIND` out of the words. The options of `sluice serve` would take longer to load than the answer. */
function takeKind(words: readonly string[]): { as: string | undefined; rest: readonly string[] } {
  const at = words.findIndex((word) => word === '--as' || word.startsWith('--as='));
  const word = words[at];
  if (word === undefined) return { as: undefined, rest: words };
  const isOne = word !== '--as';
  const as = isOne ? word.slice('--as='.length) : (words[at + 1] ?? '');
  return { as, rest: words.filter((_, index) => index !== at && (isOne || index !== at + 1)) };
}

function complaint(name: string | undefined, more: readonly string[]): string {
  if (!name) return 'sluice cgi: the application is missing';
  if (name.startsWith('-')) return `sluice cgi: there is no option ${name}`;
  if (more.length > 0) return `sluice cgi: one application is enough, and ${more[0]} is too many`;
  return 'sluice cgi: REQUEST_METHOD is not set, so that no web server started this';
}
