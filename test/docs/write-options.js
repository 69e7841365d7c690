// Writes the tables of docs/options.md as the options are declared, as they are built. `--check`: says whether it has them.
import { readFileSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { CommandOptions } from '../../packages/sluice/dist/options/command-options.js';
import { optionsOf } from '../../packages/sluice/dist/options/option.js';
import { ServeOptions } from '../../packages/sluice/dist/options/serve-options.js';

const DOCUMENT = new URL('../../docs/options.md', import.meta.url);
const HEAD = ['Option', 'Default', 'Flag', 'Other names'];
const TABLE = /(<!-- options: (\w+) -->\n)[\s\S]*?(<!-- \/options -->)/g;

const ofServers = optionsOf(ServeOptions);
const names = new Set(ofServers.map(({ name }) => name));
const TABLES = {
  servers: ofServers,
  command: optionsOf(CommandOptions).filter(({ name }) => !names.has(name)),
};
const defaults = new CommandOptions();

const code = (text) => (text === '' ? '' : `\`${text}\``);

function defaultOf({ name, octal }) {
  const value = defaults[name];
  if (value === undefined) return 'not set';
  if (name === 'workers' && value === availableParallelism()) return 'number of processors';
  return code(octal ? `0o${value.toString(8)}` : JSON.stringify(value));
}

function rowOf(option) {
  const { name, flag, placeholder, only, aliases = [], env } = option;
  const hasFlag = only === undefined || only === 'command';
  return [
    code(name),
    defaultOf(option),
    hasFlag ? code(`--${flag}${placeholder ? ` ${placeholder}` : ''}`) : '',
    [...aliases, ...(env === undefined ? [] : [env])].map(code).join(', '),
  ];
}

/** With columns as wide as the formatter makes them. */
function tableOf(options) {
  const rows = [HEAD, ...options.map(rowOf)];
  const widths = HEAD.map((_, at) => Math.max(...rows.map((row) => row[at].length)));
  const line = (cells) => `| ${cells.join(' | ')} |\n`;
  const [head, ...others] = rows.map((row) => line(row.map((cell, at) => cell.padEnd(widths[at]))));
  return [head, line(widths.map((width) => '-'.repeat(width))), ...others].join('');
}

const before = readFileSync(DOCUMENT, 'utf8');
const after = before.replace(
  TABLE,
  (_, start, which, end) => `${start}${tableOf(TABLES[which])}${end}`,
);
if (process.argv[2] !== '--check') writeFileSync(DOCUMENT, after);
else if (after !== before) {
  process.stderr.write(
    'docs/options.md is not as the options are declared: npm run docs:options\n',
  );
  process.exitCode = 1;
}
