// Entries of the watchdog: one line, what belongs to it indented, and nothing from outside can make up another.
import { describe, expect, it } from 'vitest';
import { describeRequest, slowEntries, stuckEntry } from '../src/watchdog-entries.ts';

function request(url: string, age: number, method = 'GET') {
  return { slot: 0, version: 1, method, url, age };
}

const stack = ['at spin (file:///app.js:3:5)', 'at file:///app.js:9:1'];

describe('a request', () => {
  it('is shown with its age, printable', () => {
    expect(describeRequest(request('/a?b', 2149))).toBe('GET /a?b, 2.1 s');
    const forged = request('/\nerror: forged', 60_000, '\x1b[31m');
    expect(describeRequest(forged)).toBe('\\x1b[31m /\\x0aerror: forged, 60.0 s');
  });
});

describe('slow requests', () => {
  it('that wait have a line each', () => {
    expect(
      slowEntries('worker 7', [request('/old', 2000), request('/new', 1000)], undefined),
    ).toEqual([
      'worker 7: slow request: GET /old, 2.0 s so far; it waits, the event loop turns',
      'worker 7: slow request: GET /new, 1.0 s so far; it waits, the event loop turns',
    ]);
  });

  it('that may run have one stack, with the one that began last', () => {
    const requests = [request('/old', 2000), request('/new', 1000)];
    expect(slowEntries('thread 2', requests, { silence: 1040, stack })).toEqual([
      [
        'thread 2: slow request: GET /new, 1.0 s so far; its event loop has stood still for 1.0 s',
        '    at spin (file:///app.js:3:5)',
        '    at file:///app.js:9:1',
      ].join('\n'),
      [
        'thread 2: slow request: GET /old, 2.0 s so far; its event loop has stood still for 1.0 s',
        '    its stack is in the first of these entries',
      ].join('\n'),
    ]);
  });
});

describe('a worker that is killed', () => {
  it('has a stack, and the requests that are lost with it', () => {
    const requests = [request('/old', 9000), request('/new', 2100)];
    expect(stuckEntry('worker 7', requests, { silence: 2100, stack }).split('\n')).toEqual([
      'worker 7 is killed: its event loop has stood still for 2.1 s; last request: GET /new, 2.1 s',
      '    at spin (file:///app.js:3:5)',
      '    at file:///app.js:9:1',
      '    lost with it: GET /old, 9.0 s',
    ]);
  });

  it('says when there is no stack, or no request', () => {
    const entry = stuckEntry('worker 7', [], { silence: 2100, stack: undefined });
    expect(entry.split('\n')).toEqual([
      'worker 7 is killed: its event loop has stood still for 2.1 s, while no request was running',
      '    no stack: it is not in JavaScript, but in native code or a blocking call',
    ]);
  });

  it('lists twenty requests of a thousand', () => {
    const requests = Array.from({ length: 1000 }, (_, at) => request(`/${at}`, 5000 - at));
    const lines = stuckEntry('worker 7', requests, { silence: 4000, stack: [] }).split('\n');
    expect(lines).toHaveLength(22);
    expect(lines[0]).toMatch(/last request: GET \/999, 4\.0 s$/);
    expect(lines.at(-1)).toBe('    lost with it: 979 more');
  });

  it('names of functions and files make up no line', () => {
    const forged = ['at evil\nerror: forged (file:///a\x1b.js:1:1)'];
    const entry = stuckEntry('worker 7', [request('/', 1)], { silence: 1, stack: forged });
    expect(entry.split('\n')).toHaveLength(2);
    expect(entry).toContain('    at evil\\x0aerror: forged (file:///a\\x1b.js:1:1)');
  });
});
