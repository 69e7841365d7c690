// The tests of @hono/node-server that ask a server, ours in its place.
//
// Its npm package does not hold them. SLUICE_HONO_CHECKOUT names a checkout of it after `npm install` there.
import { describe, expect, it } from 'vitest';
import { inCheckout } from './upstream.ts';

const checkout = process.env.SLUICE_HONO_CHECKOUT;
const CONFIGURATION = new URL('../fixtures/upstream/hono-vitest.config.js', import.meta.url);
const TIMEOUT = 240_000;

const SERVER = {
  'an empty body is none': [
    'Basic Should return 200 response - POST /no-body-consumed',
    'Basic Should return 200 response - POST /body-cancelled',
  ],
  'a mistake gets our error page': ['Basic Should return 500 response - GET /invalid'],
  'no Content-Type is made up for a stream': bodies('/readable-stream'),
  'no Transfer-Encoding goes to the web server, and what is there at once has a length': [
    ...bodies('/readable-stream-with-transfer-encoding'),
    'Stream and non-stream response Should return JSON body - stream',
  ],
  'TLS and HTTP/2 end at the web server': [
    'SSL Should return 200 response - GET /url',
    ...['/', '/headers', '/url'].map((path) => `HTTP2 Should return 200 response - GET ${path}`),
  ],
  'handlers get the environ, not objects of node:http': [
    'forwarding IncomingMessage and ServerResponse in env Should add `incoming` and `outgoing` to env',
  ],
  'its own classes of requests are asked for': [
    'overrideGlobalObjects default Should be overridden',
    'overrideGlobalObjects overrideGlobalObjects: true Should be overridden',
    ...['GET /', 'POST /', 'GET /abort'].map(
      (request) => `Memory leak test Should not have memory leak - ${request}`,
    ),
  ],
};

const STATIC = {
  'headers that change after a Response was made of them are not its own (Fetch standard)': [
    'Serve Static Middleware Should return index.html',
    'Serve Static Middleware Should handle the `onFound` option',
  ],
};

/** Of no adapter: it fails for whoever may read every file. */
const AS_ROOT = [
  'Serve Static Middleware Stream error handling Should handle read permission errors gracefully',
];

/** What cannot pass, by the reason. */
const EXPECTED = [
  ...Object.values(SERVER).flat(),
  ...Object.values(STATIC).flat(),
  ...(process.getuid?.() === 0 ? AS_ROOT : []),
];

function bodies(path: string): string[] {
  return ['GlobalResponse', 'LightweightResponse'].map(
    (name) => `various response body types ${name} Should return 200 response - GET ${path}`,
  );
}

interface Report {
  readonly numPassedTests: number;
  readonly testResults: readonly {
    readonly assertionResults: readonly { readonly fullName: string; readonly status: string }[];
  }[];
}

if (checkout === undefined)
  it.skip('the tests of @hono/node-server (SLUICE_HONO_CHECKOUT names no checkout of it)', () => {});
else
  describe.each(['http', 'fastcgi'])('by %s', (protocol) => {
    it(
      'everything passes but what is listed, and nothing of that',
      async () => {
        const { numPassedTests, testResults } = await inCheckout<Report>(
          checkout,
          protocol,
          (file) => [
            ...['node_modules/vitest/vitest.mjs', 'run', '--config', CONFIGURATION.pathname],
            ...['--root', checkout, '--reporter', 'json', '--outputFile', file],
          ],
        );
        const failed = testResults.flatMap(({ assertionResults }) =>
          assertionResults.filter(({ status }) => status === 'failed'),
        );
        expect(failed.map(({ fullName }) => fullName).sort()).toEqual([...EXPECTED].sort());
        expect(numPassedTests).toBeGreaterThan(100);
      },
      TIMEOUT,
    );
  });
