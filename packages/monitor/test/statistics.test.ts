// The text forms of statistics.
import { describe, expect, it } from 'vitest';
import { PROMETHEUS_TYPE, prometheusText } from '../src/prometheus.ts';
import { statusJson } from '../src/statistics.ts';
import { duration, statusTable } from '../src/status-table.ts';
import { NOW, statusOf, workerOf } from './a-status.ts';

describe('JSON', () => {
  it('gives the status back', () => {
    const status = statusOf();
    const workers = status.workers.map((worker) => ({ ...worker, thread: null }));
    expect(JSON.parse(statusJson(status))).toEqual({ ...status, workers });
    const threads = statusOf({ workers: [workerOf({ thread: 3 })] });
    expect(JSON.parse(statusJson(threads))).toEqual(threads);
  });

  it('is a text that ends with a line feed', () => {
    expect(statusJson(statusOf())).toMatch(/^\{\n {2}"version": "0\.1\.0",[\s\S]*\n\}\n$/);
  });
});

describe('Prometheus', () => {
  interface Family {
    readonly type: string;
    readonly samples: Record<string, number>;
  }

  /** Reads the exposition format 0.0.4 and allows nothing that it does not. */
  function parse(text: string): Map<string, Family> {
    const families = new Map<string, Family>();
    let current: [string, Family] | undefined;
    let help = '';
    for (const line of text.split(/\n(?!$)/).map((each) => each.replace(/\n$/, ''))) {
      const [, kind, name = '', rest = ''] =
        /^# (HELP|TYPE) ([a-zA-Z_:][\w:]*) (.+)$/.exec(line) ?? [];
      if (kind === 'HELP') help = name;
      else if (kind === 'TYPE') {
        if (help !== name || families.has(name)) throw new Error(`TYPE of ${name}`);
        current = [name, { type: rest, samples: {} }];
        families.set(...current);
      } else {
        const label = '[a-zA-Z_]\\w*="(?:[^"\\\\]|\\\\[n"\\\\])*"';
        const sample = new RegExp(`^(\\w+)((?:\\{${label}(?:,${label})*\\})?) (\\S+)$`).exec(line);
        if (!sample || !current || sample[1] !== current[0]) throw new Error(`sample ${line}`);
        const value = Number(sample[3]);
        if (Number.isNaN(value) || (sample[2] as string) in current[1].samples)
          throw new Error(line);
        current[1].samples[sample[2] as string] = value;
      }
    }
    return families;
  }

  it('has every number, with its unit', () => {
    const families = parse(prometheusText(statusOf()));
    const values = [...families].map(([name, { type, samples }]) => [name, type, samples]);
    const each = (one: number, two: number) => ({
      '{worker="worker 4712"}': one,
      '{worker="worker 4713"}': two,
    });
    const started = (NOW - 62_000) / 1000;
    expect(values).toEqual([
      ['sluice_info', 'gauge', { '{version="0.1.0",concurrency="fork"}': 1 }],
      ['sluice_start_time_seconds', 'gauge', { '': (NOW - 93_784_000) / 1000 }],
      [
        'sluice_workers',
        'gauge',
        {
          '{state="starting"}': 0,
          '{state="idle"}': 1,
          '{state="busy"}': 1,
          '{state="leaving"}': 0,
          '{state="silent"}': 0,
        },
      ],
      ['sluice_workers_wanted', 'gauge', { '': 2 }],
      ['sluice_worker_restarts_total', 'counter', { '': 1 }],
      ['sluice_reloads_total', 'counter', { '': 0 }],
      ['sluice_requests_total', 'counter', each(1234, 1234)],
      ['sluice_refused_requests_total', 'counter', each(0, 3)],
      ['sluice_active_requests', 'gauge', each(0, 2)],
      ['sluice_waiting_requests', 'gauge', each(0, 1)],
      [
        'sluice_oldest_request_start_time_seconds',
        'gauge',
        { '{worker="worker 4713"}': (NOW - 2340) / 1000 },
      ],
      ['sluice_worker_start_time_seconds', 'gauge', each(started, started)],
      ['sluice_worker_resident_bytes', 'gauge', each(67_108_864, 67_108_864)],
      ['sluice_worker_heap_bytes', 'gauge', each(12.4 * 1_048_576, 12.4 * 1_048_576)],
    ]);
  });

  it('escapes labels', () => {
    const text = prometheusText(statusOf({ workers: [workerOf({ name: 'a "b" \\ c\nd' })] }));
    expect(text).toContain('sluice_requests_total{worker="a \\"b\\" \\\\ c\\nd"} 1234\n');
    parse(text);
  });

  it('of a server without workers is a text too', () => {
    const text = prometheusText(statusOf({ workers: [] }));
    expect(text).toMatch(/^# HELP [\s\S]*\n$/);
    expect(text).toContain('# TYPE sluice_requests_total counter\n# HELP');
  });

  it('says what it is', () => {
    expect(PROMETHEUS_TYPE).toBe('text/plain; version=0.0.4; charset=utf-8');
  });
});

describe('the table', () => {
  it('shows server, addresses and workers, the oldest request first', () => {
    expect(statusTable(statusOf(), 200, NOW)).toBe(
      `sluice 0.1.0, fork, pid 4711, up 1d02h, 2 of 2 workers, 1 restart, 0 reloads
http://127.0.0.1:8000  scgi+unix:/run/app.sock

WORKER       STATE     UP  REQUESTS  ACTIVE  WAITING  REFUSED  RSS  HEAP   AGE  REQUEST
worker 4713  busy   1m02s      1234       2        1        3  64M   12M  2.3s  POST /slow?x=1
worker 4712  idle   1m02s      1234       0        0        0  64M   12M
`,
    );
  });

  it('keeps the order of workers without requests, behind the others', () => {
    const since = [undefined, 50, undefined, 70, 60].map((age) => age && NOW - age * 1000);
    const workers = since.map((time, at) =>
      workerOf({ name: `w${at}`, current: time ? [{ method: 'GET', url: '/', since: time }] : [] }),
    );
    const table = statusTable(statusOf({ workers }), 200, NOW);
    expect(table.match(/^w\d/gm)).toEqual(['w3', 'w4', 'w1', 'w0', 'w2']);
    expect(table.match(/\S+(?= {2}GET)/g)).toEqual(['1m10s', '1m00s', '50s']);
  });

  it.each([0, 1, 3, 4, 10, 80, 120])('is at most %i columns wide', (columns) => {
    const current = [{ method: 'GET', url: `/${'x'.repeat(500)}`, since: NOW }];
    const lines = statusTable(statusOf({ workers: [workerOf({ current })] }), columns, NOW).split(
      '\n',
    );
    expect(Math.max(...lines.map(({ length }) => length))).toBe(columns);
    if (columns > 3) expect(lines[4]).toMatch(/\.\.\.$/);
  });

  it('is not cut where no width is given', () => {
    const current = [{ method: 'GET', url: `/${'x'.repeat(500)}`, since: NOW }];
    expect(statusTable(statusOf({ workers: [workerOf({ current })] }))).toContain('x'.repeat(500));
  });

  it('holds nothing that a terminal would obey', () => {
    const current = [{ method: 'G\x1bT', url: '/\x1b[2J\x9b\u202e\n', since: NOW }];
    const workers = [workerOf({ name: '\x07', current })];
    const table = statusTable(
      statusOf({ workers, addresses: ['\x1b]0;x'], version: '\r' }),
      200,
      NOW,
    );
    expect(table).toMatch(/^[\x20-\x7e\n]+$/);
    expect(table.split('\n')).toHaveLength(6);
  });

  it('has ages that are never negative, and units that fit', () => {
    const current = [{ method: 'GET', url: '/', since: NOW + 5000 }];
    const worker = workerOf({ current, since: NOW + 9, rss: 1.5 * 2 ** 30, heap: 0 });
    expect(statusTable(statusOf({ workers: [worker] }), 200, NOW)).toMatch(
      / 0s .* 1\.5G +0M +0\.0s {2}GET \/$/m,
    );
  });

  it.each([
    [0, '0s'],
    [59_999, '59s'],
    [60_000, '1m00s'],
    [3_599_999, '59m59s'],
    [3_600_000, '1h00m'],
    [86_399_999, '23h59m'],
    [86_400_000, '1d00h'],
    [1e10, '115d17h'],
  ])('%i ms are %s', (milliseconds, text) => {
    expect(duration(milliseconds)).toBe(text);
  });

  it('counts one as one', () => {
    const status = statusOf({ size: 1, restarts: 0, reloads: 1, workers: [workerOf()] });
    expect(statusTable(status, 200, NOW)).toContain('1 of 1 worker, 0 restarts, 1 reload\n');
  });
});
