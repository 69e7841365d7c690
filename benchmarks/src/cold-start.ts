// CGI: a process for each request. What counts is how long it takes from its start to its end.
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { median } from './median.ts';

/** A way to answer one CGI request. */
export interface ColdStart {
  readonly name: string;
  /** Milliseconds, the median of all runs. */
  readonly milliseconds: number;
  /** The way that it is compared with. */
  readonly against: string;
  readonly ratio: number;
  /** The largest ratio that is accepted. */
  readonly atMost: number | undefined;
}

const ANSWER = '\r\n\r\nHello, world!\n';
const BARE = 'a bare script';
const LOADED = 'a script that loads Express, no answer';

const script = (name: string) => fileURLToPath(new URL(`./servers/${name}.js`, import.meta.url));
const command = fileURLToPath(import.meta.resolve('sluice/package.json')).replace(
  'package.json',
  'bin/sluice.js',
);

/** Every way; those that others are compared with come first. */
const WAYS: readonly {
  readonly name: string;
  readonly words: readonly string[];
  /** What its output ends with. */
  readonly answer: string;
  readonly against: string;
  readonly atMost?: number;
}[] = [
  { name: BARE, words: [script('cgi-bare')], answer: ANSWER, against: BARE },
  {
    name: "runCgi() of 'sluice/cgi'",
    words: [script('cgi-script')],
    answer: ANSWER,
    against: BARE,
    atMost: 1.3,
  },
  {
    name: 'sluice cgi',
    words: [command, 'cgi', script('application')],
    answer: ANSWER,
    against: BARE,
    atMost: 1.3,
  },
  { name: LOADED, words: [script('cgi-express-loaded')], answer: '', against: LOADED },
  {
    name: 'runCgi() of an application of Express',
    words: [script('cgi-express')],
    answer: ANSWER,
    against: LOADED,
    atMost: 1.2,
  },
];

/** Measures all ways, taking turns. */
export function measureColdStarts(rounds: number): ColdStart[] {
  const times = new Map(WAYS.map(({ name }) => [name, [] as number[]]));
  for (let round = 0; round < rounds; round++) {
    for (const { name, words, answer } of WAYS) {
      const start = performance.now();
      const { stdout } = spawnSync(process.execPath, words, { env: REQUEST, encoding: 'latin1' });
      times.get(name)?.push(performance.now() - start);
      if (answer === '' ? stdout !== '' : !stdout.endsWith(answer))
        throw new Error(`wrong answer of ${name}: ${stdout}`);
    }
  }
  const medianOf = (name: string) => median(times.get(name) ?? []);
  return WAYS.map(({ name, against, atMost }) => ({
    name,
    milliseconds: medianOf(name),
    against,
    ratio: medianOf(name) / medianOf(against),
    atMost,
  }));
}

const REQUEST = {
  PATH: process.env.PATH,
  GATEWAY_INTERFACE: 'CGI/1.1',
  REQUEST_METHOD: 'GET',
  SCRIPT_NAME: '',
  PATH_INFO: '/news/2026',
  QUERY_STRING: 'page=2',
  SERVER_NAME: 'www.example.org',
  SERVER_PORT: '80',
  SERVER_PROTOCOL: 'HTTP/1.1',
  REMOTE_ADDR: '192.0.2.17',
};
