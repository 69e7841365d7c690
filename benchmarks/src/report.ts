// The tables, printed and as a document, and the same figures as JSON.
import { mkdirSync, writeFileSync } from 'node:fs';
import type { ColdStart } from './cold-start.ts';
import type { IdleConnections } from './idle-connections.ts';
import type { Running } from './measure.ts';
import { median } from './median.ts';

/** How and where it was measured. */
export interface Circumstances {
  readonly node: string;
  readonly processors: number;
  /** Of the last minute, before the first server was started. */
  readonly loadAverage: number;
  readonly rounds: number;
  /** Of a round. */
  readonly requests: number;
  readonly requestsWhenKept: number;
  readonly clients: string;
  /** Servers that are not Node.js alone. */
  readonly peers: readonly string[];
  /** Servers that are not here, and why. */
  readonly leftOut: readonly string[];
}

/** Everything that was measured. */
export interface Results {
  readonly running: readonly Running[];
  readonly idle: readonly IdleConnections[];
  readonly coldStarts: readonly ColdStart[];
}

/**
 * Prints the tables; false when a ratio is missed.
 *
 * @param folder - where they are written too, with the figures as latest.json; undefined: nowhere
 */
export function report(
  about: Circumstances,
  { running, idle, coldStarts }: Results,
  folder: URL | undefined,
): boolean {
  const rows = rowsOf(running);
  const tables = [
    ...introduction(about),
    ...table(
      ['server', 'connection', '>CPU µs per request', '>requests/s', '>ratio', 'of', '>at most'],
      rows.map(({ name, connection, cpuMicroseconds, requestsPerSecond, ...row }) => [
        ...[name, connection, cpuMicroseconds.toFixed(1), requestsPerSecond.toFixed(0)],
        ...[row.ratio.toFixed(2), row.against, row.atMost ?? ''],
      ]),
    ),
    ...table(
      [
        'idle kept connections',
        '>number',
        '>RSS bytes each',
        '>state bytes each',
        '>answered again',
      ],
      idle.map(({ name, connections, rss, state, answered }) => [
        ...[name, connections, rss.toFixed(0), state.toFixed(0), answered],
      ]),
    ),
    ...table(
      ['one CGI request', '>ms from start to end', '>ratio', 'of', '>at most'],
      coldStarts.map(({ name, milliseconds, ratio, against, atMost }) => [
        ...[name, milliseconds.toFixed(1), ratio.toFixed(2), against, atMost ?? ''],
      ]),
    ),
  ].join('\n');
  console.log(tables);
  if (folder) {
    mkdirSync(folder, { recursive: true });
    writeFileSync(new URL('latest.md', folder), `${tables}\n`);
    // Lists of words as text: so the file is formatted as the linter wants it.
    const lists = { peers: about.peers.join(', '), leftOut: about.leftOut.join('; ') };
    const text = JSON.stringify({ ...about, ...lists, rows, idle, coldStarts }, null, 2);
    writeFileSync(new URL('latest.json', folder), `${text}\n`);
  }
  const missed = [...rows, ...coldStarts].filter(
    ({ ratio, atMost }) => atMost !== undefined && ratio > atMost,
  );
  for (const { name, ratio, atMost } of missed)
    console.log(`\nmissed: ${name} at ${ratio.toFixed(2)}, at most ${atMost}`);
  return missed.length === 0;
}

function introduction(about: Circumstances): string[] {
  const { node, processors, loadAverage, rounds, requests, requestsWhenKept } = about;
  return [
    `Written by \`npm run bench\`: Node ${node}, ${processors} processors, load average before it ${loadAverage.toFixed(2)};`,
    `${rounds} rounds of ${requests} requests, ${requestsWhenKept} on kept connections, ${about.clients} clients.`,
    ...(about.peers.length > 0 ? ['', `Other servers: ${about.peers.join(', ')}.`] : []),
    ...about.leftOut.flatMap((line) => ['', `Left out: ${line}.`]),
  ];
}

function rowsOf(running: readonly Running[]) {
  const costs = new Map(running.map(({ scenario, cpu }) => [scenario.name, median(cpu)]));
  return running.map(({ scenario, cpu, time }) => {
    const { name, against, kept, atMost } = scenario;
    const cost = median(cpu);
    return {
      name,
      connection: kept ? 'kept' : 'one request',
      cpuMicroseconds: cost,
      requestsPerSecond: 1e6 / median(time),
      against,
      ratio: cost / (costs.get(against) ?? Number.NaN),
      atMost,
    };
  });
}

/** A table in Markdown; a `>` in front of a heading aligns its column to the right. */
function table(
  headings: readonly string[],
  rows: readonly (readonly (string | number)[])[],
): string[] {
  if (rows.length === 0) return [];
  const isNumber = headings.map((heading) => heading.startsWith('>'));
  const cells = [
    headings.map((heading) => heading.replace('>', '')),
    ...rows.map((row) => row.map(String)),
  ];
  const widths = headings.map((_, column) =>
    Math.max(...cells.map((row) => row[column]?.length ?? 0)),
  );
  const pad = (text: string, column: number) =>
    isNumber[column] ? text.padStart(widths[column] ?? 0) : text.padEnd(widths[column] ?? 0);
  const [names = '', ...lines] = cells.map((row) => `| ${row.map(pad).join(' | ')} |`);
  const rules = widths.map((width, column) =>
    isNumber[column] ? `${'-'.repeat(width - 1)}:` : '-'.repeat(width),
  );
  return ['', names, `| ${rules.join(' | ')} |`, ...lines];
}
