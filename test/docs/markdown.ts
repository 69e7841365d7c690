// Reads the documents: their fenced blocks, tables and links.
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** The folder of the repository, with a slash at its end. */
export const ROOT = fileURLToPath(new URL('../../', import.meta.url));

/** The documents whose promises are tested, by their paths in the repository. */
export const DOCUMENTS: readonly string[] = [
  'README.md',
  ...readdirSync(`${ROOT}docs`)
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name}`),
  ...readdirSync(`${ROOT}packages`).map((name) => `packages/${name}/README.md`),
];

/** A fenced block. */
export interface Block {
  readonly document: string;
  readonly line: number;
  readonly language: string;
  /** The file that it is, from the words after the language; `''` when it is none. */
  readonly file: string;
  readonly text: string;
}

/** The text of a document. */
export function read(document: string): string {
  return readFileSync(`${ROOT}${document}`, 'utf8');
}

/** The fenced blocks of a document, in order. */
export function blocksOf(document: string): Block[] {
  const text = read(document);
  return [...text.matchAll(/^```(\S*)[ ]*(.*)\n((?:(?!```).*\n)*)```$/gm)].map((match) => ({
    document,
    line: text.slice(0, match.index).split('\n').length,
    language: match[1] as string,
    file: match[2] as string,
    text: match[3] as string,
  }));
}

/** The part of a document below a heading, down to the next one of the same or a higher level. */
export function section(document: string, heading: string): string {
  const lines = read(document).split('\n');
  const start = lines.findIndex((line) => line.replace(/^#+ /, '') === heading);
  if (start < 0) throw new Error(`${document} has no heading ${heading}`);
  const level = (lines[start] as string).indexOf(' ');
  const rest = lines.slice(start + 1);
  const end = rest.findIndex((line) => /^#+ /.test(line) && line.indexOf(' ') <= level);
  return rest.slice(0, end < 0 ? undefined : end).join('\n');
}

/** The rows of the table with that first column, without its head; backticks are taken off. */
export function rowsOf(text: string, column: string): string[][] {
  const lines = text.split('\n');
  const start = lines.findIndex((line) => line.startsWith(`| ${column} `));
  if (start < 0) throw new Error(`there is no table whose first column is ${column}`);
  const rest = lines.slice(start + 2);
  const end = rest.findIndex((line) => !line.startsWith('|'));
  const table = rest.slice(0, end < 0 ? undefined : end);
  return table.map((row) =>
    row
      .slice(1, -1)
      .split('|')
      .map((cell) => cell.trim().replace(/^`([^`]*)`$/, '$1')),
  );
}

/** The commands of a document's shell blocks, without comments. */
export function commandsOf(document: string): string[] {
  return blocksOf(document)
    .filter(({ language, file }) => language === 'sh' && file === '')
    .flatMap(({ text }) => text.split('\n'))
    .map((line) => line.replace(/ +# .*$/, ''))
    .filter((line) => line !== '');
}

/** The command that a web server's configuration says to run behind it; `''` when it says none. */
export function commandBehind({ text }: Block): string {
  return /^# behind it: (npx sluice .*?)(?: {2,}\(.*)?$/m.exec(text)?.[1] ?? '';
}

/** The words of a command as a shell takes them: quotes are understood, and nothing else. */
export function wordsOf(command: string): string[] {
  return (command.match(/(?:'[^']*'|[^\s'])+/g) ?? []).map((word) => word.replaceAll("'", ''));
}
