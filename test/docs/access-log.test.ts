// docs/logs-and-statistics.md: formats, directives and fields of the access log are what is said of them.
import { ACCESS_LOG_FORMATS, AccessLog } from '@sluice/monitor';
import { ServeOptions } from 'sluice';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { read, rowsOf, section } from './markdown.ts';

const DOCUMENT = 'docs/logs-and-statistics.md';
const text = read(DOCUMENT);
const part = (heading: string) => section(DOCUMENT, heading);
/** The words between backticks. */
const named = (sentence: string) => [...sentence.matchAll(/`([^`]+)`/g)].map(([, word]) => word);

describe('access log', () => {
  const environ = {
    REQUEST_METHOD: 'GET',
    REQUEST_URI: '/app/a%20page?x=1',
    SCRIPT_NAME: '/app',
    PATH_INFO: '/a page',
    QUERY_STRING: 'x=1',
    SERVER_PROTOCOL: 'HTTP/1.1',
    SERVER_NAME: 'example.org',
    SERVER_PORT: '80',
    REMOTE_ADDR: '192.0.2.7',
    REMOTE_USER: 'ann',
    HTTP_REFERER: 'http://example.org/',
  };
  const zone = process.env.TZ;
  beforeEach(() => {
    process.env.TZ = 'UTC';
    vi.useFakeTimers({ now: Date.UTC(2026, 9, 10, 13, 55, 36) });
  });
  afterEach(() => {
    vi.useRealTimers();
    if (zone === undefined) delete process.env.TZ;
    else process.env.TZ = zone;
  });

  /** The line of the example. */
  function lineOf(format: string, changed: Record<string, unknown> = {}): string {
    let line = '';
    const write = (written: string) => {
      line = written;
    };
    const log = new AccessLog(format, { write });
    const request = log.begin({ ...environ, ...changed } as never, { protocol: 'http' });
    vi.advanceTimersByTime(1.5);
    request.end(200, 2326, false);
    return line;
  }
  /** What a format is refused with. */
  function refusal(format: string): string {
    try {
      new AccessLog(format, { write: () => {} });
    } catch (error) {
      return (error as Error).message;
    }
    throw new Error(`${format} is not refused`);
  }

  const rows = rowsOf(part('Access log'), 'Directive') as [string, string, string][];
  const examples = rows.flatMap(([directives, , example]) =>
    directives.split(', ').map((directive) => [directive.replaceAll('`', ''), example] as const),
  );

  it.each(examples)('%s', (directive, example) => {
    const concrete = directive.replace('FORMAT', '%F');
    const line = lineOf(`"${concrete}"`).slice(1, -1);
    if (directive === '%P') expect(line).toBe(String(process.pid));
    else if (/us|%D/.test(directive)) expect(Number(line)).toBeCloseTo(Number(example), -2);
    else expect(line).toBe(example);
  });

  it('no directive is left out', () => {
    const listed = examples.map(([directive]) => directive.replace(/[>]|\{.*\}/, ''));
    const known = [refusal('%y'), refusal('%{x}y')].flatMap(
      (message) => message.split('there are ')[1]?.replaceAll('{…}', '').split(' ') ?? [],
    );
    expect(known.length).toBeGreaterThan(15);
    expect(new Set(listed)).toEqual(new Set([...known, '%%']));
  });

  it('lists the words of times', () => {
    const [sentence = ''] = /^`%\{FORMAT\}t` knows [^.]*\./ms.exec(text) ?? [];
    const [, known = ''] = refusal('%{%Q}t').split('there are ');
    const words = named(sentence).slice(1);
    expect(words.sort()).toEqual(known.replace('and ', '').replaceAll(',', '').split(' ').sort());
    expect(lineOf('%{sec}t %{msec}t %{usec}t %{msec_frac}t')).toBe(
      '1791640536 1791640536000 1791640536000000 000',
    );
  });

  it('lists the formats that have a name, and the default', () => {
    const items = [...part('Access log').matchAll(/^- `(\w+)`(, the default)?:(.*)$/gm)];
    expect(items.map(([, name]) => name)).toEqual(Object.keys(ACCESS_LOG_FORMATS));
    const [common, combined] = items.map(([, , , words]) => named(words as string)[0]);
    expect(common).toBe(ACCESS_LOG_FORMATS.common);
    expect(`${common} ${combined}`).toBe(ACCESS_LOG_FORMATS.combined);
    expect(items.find(([, , isDefault]) => isDefault)?.[1]).toBe(
      new ServeOptions().accessLogFormat,
    );
  });

  it('lists the fields of JSON', () => {
    const fields = rowsOf(part('Access log'), 'Field').map(([name]) => name);
    expect(fields).toEqual(Object.keys(JSON.parse(lineOf('json'))));
    expect(JSON.parse(lineOf('json', { REMOTE_USER: '' })).user).toBe(null);
  });

  it('escapes, and bounds what is long', () => {
    const changed = { REMOTE_USER: 'a "b"\\\n\xe9' };
    expect(lineOf('%u "%u"', changed)).toBe(
      'a\\x20\\x22b\\x22\\x5c\\x0a\\xe9 "a \\x22b\\x22\\x5c\\x0a\\xe9"',
    );
    expect(lineOf('%u', { REMOTE_USER: 'x'.repeat(4097) })).toBe(`${'x'.repeat(4096)}...`);
    expect(lineOf('\\"%u\\"\\t-', { REMOTE_USER: '' })).toBe('"-"\t-');
  });

  it('keeps secrets', () => {
    const changed = { HTTP_COOKIE: 'sid=secret', HTTP_AUTHORIZATION: 'Basic secret' };
    for (const format of Object.keys(ACCESS_LOG_FORMATS)) {
      expect(lineOf(format, changed)).not.toContain('secret');
    }
    expect(lineOf('%{Cookie}i %{Authorization}i', changed)).toBe('sid=secret Basic');
  });
});
