// `sluice startproject NAME`: writes a Django-style project that runs.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { OptionError } from '@sluice/protocol';
import { projectFiles } from '../django/project-files.ts';

const USAGE = `Usage: sluice startproject NAME

Writes a Django-style project into a new folder NAME: manage.js, NAME/settings.js, NAME/wsgi.js, a README that says
how to run it. NAME is a name as programs have them: letters, digits and _, not a digit first.
`;

/** Names that mean something else where the project's stands. */
const TAKEN = ['sluice', 'node_modules', 'manage'];

/** Runs the command. */
export async function startprojectCommand(words: readonly string[]): Promise<void> {
  if (words.includes('--help') || words.includes('-h')) {
    process.stdout.write(USAGE);
    return;
  }
  const flag = words.find((word) => word.startsWith('-'));
  if (flag !== undefined)
    throw new OptionError('ERR_OPTION_UNKNOWN', `there is no option ${flag}; there is --help`);
  const [name, more] = words;
  if (name === undefined) throw wrong(`the name is missing\n\n${USAGE}`);
  if (more !== undefined) throw wrong(`one name is enough, and ${more} is too many`);
  const why = whyNoName(name);
  if (why !== undefined) throw wrong(`a project cannot be called ${name}: ${why}`);
  const folder = resolve(name);
  if (existsSync(folder)) throw wrong(`${folder} is there already`);
  for (const [file, text] of Object.entries(projectFiles(name, wayToSluice()))) {
    mkdirSync(dirname(join(folder, file)), { recursive: true });
    const mode = file === 'manage.js' ? 0o777 : 0o666;
    writeFileSync(join(folder, file), text, { mode, flag: 'wx' });
  }
  process.stdout.write(
    `${name} is written. Next:\n  cd ${name}\n  npm install\n  node manage.js runserver\n`,
  );
}

/** What a package.json says to get this very package: a copy that npm has not installed is not on its registry either. */
function wayToSluice(): string {
  const root = fileURLToPath(new URL('../..', import.meta.url)).replace(/\/$/, '');
  if (!root.split(sep).includes('node_modules')) return `file:${root}`;
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  return `^${version}`;
}

function wrong(why: string): OptionError {
  return new OptionError('ERR_PROJECT_NAME', why);
}

/** Why a project cannot have a name; undefined: it can. */
export function whyNoName(name: string): string | undefined {
  if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) {
    const near = name.replace(/^[^A-Za-z_]+/, '').replace(/[^A-Za-z0-9_]+/g, '_');
    const hint = near === '' || TAKEN.includes(near) ? '' : `, as in ${near}`;
    return `it has to be an identifier: letters, digits and _, and no digit first${hint}`;
  }
  if (isReserved(name)) return 'it is a word of JavaScript';
  return TAKEN.includes(name) ? 'that name has another meaning in a project' : undefined;
}

function isReserved(name: string): boolean {
  try {
    new Function(`'use strict'; async () => { const ${name} = 0; };`); // as in a module
    return false;
  } catch {
    return true;
  }
}
