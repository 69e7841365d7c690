// CGI: a process for each request. What counts is how long it takes from its start to its end.
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { median } from './median.ts';

/** A way to answer one CGI request. */
export interface ColdStart {
  readonly name: string;
  /** Milliseconds, the median of all runs. */
  readonly milliseconds: number;
  /** Of a bare script's time. */
  readonly ratio: number;
  /** The largest ratio that is accepted. */
  readonly atMost: number | undefined;
}

const AT_MOST = 1.3;

/** Measures all ways, taking turns. */
export function measureColdStarts(rounds: number): ColdStart[] {
  const script = (name: string) => fileURLToPath(new URL(`./servers/${name}.js`, import.meta.url));
  const command = fileURLToPath(import.meta.resolve('sluice/package.json')).replace(
    'package.json',
    'bin/sluice.js',
  );
  const ways = [
    { name: 'a bare script', words: [script('cgi-bare')], times: [] as number[] },
    { name: "runCgi() of 'sluice/cgi'", words: [script('cgi-script')], times: [] as number[] },
    { name: 'sluice cgi', words: [command, 'cgi', script('application')], times: [] as number[] },
  ];
  for (let round = 0; round < rounds; round++) {
    for (const { words, times } of ways) {
      const start = performance.now();
      const { stdout } = spawnSync(process.execPath, words, { env: REQUEST, encoding: 'latin1' });
      times.push(performance.now() - start);
      if (!stdout.endsWith('\r\n\r\nHello, world!\n')) throw new Error(`wrong answer: ${stdout}`);
    }
  }
  const [bare] = ways;
  return ways.map((way) => ({
    name: way.name,
    milliseconds: median(way.times),
    ratio: median(way.times) / median(bare?.times ?? []),
    atMost: way === bare ? undefined : AT_MOST,
  }));
}

const REQUEST = {
  PATH: process.env.PATH,
  GATEWAY_INTERFACE: 'CGI/1.1',
  REQUEST_METHOD: 'GET',
  SCRIPT_NAME: '/cgi-bin/app',
  PATH_INFO: '/news/2026',
  QUERY_STRING: 'page=2',
  SERVER_NAME: 'www.example.org',
  SERVER_PORT: '80',
  SERVER_PROTOCOL: 'HTTP/1.1',
  REMOTE_ADDR: '192.0.2.17',
};
