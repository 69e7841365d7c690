// Express's own tests, its servers behind the adapter.
//
// The npm package of Express does not hold them. SLUICE_EXPRESS_CHECKOUT names a checkout of it after
// `npm install` there.
import { describe, expect, it } from 'vitest';
import { inCheckout } from './upstream.ts';

const checkout = process.env.SLUICE_EXPRESS_CHECKOUT;
const PRELOAD = new URL('../fixtures/upstream/express-preload.js', import.meta.url);
const TIMEOUT = 240_000;

/** What cannot pass, by the reason. */
const EXPECTED = {
  'Host is a URL, which our HTTP front-end answers with 400': [
    'res when accepting html should escape the url',
    'res when accepting html should not render evil javascript links in anchor href (prevent XSS)',
    'res when accepting text should encode the url',
  ],
  'no Transfer-Encoding goes to the web server, and what is there at once has a length': [
    ...['chunked', 'compress', 'deflate', 'gzip'].map(
      (coding) =>
        `res when Transfer-Encoding header is present should not add Content-Length header if Transfer-Encoding header is equal to ${coding}`,
    ),
  ],
  'a status outside of 200 to 599 is none of an answer (RFC 9110, section 15)': [
    ...['101', '700', '800', '900'].map(
      (code) =>
        `res .status(code) accept valid ranges should set the response status code to ${code}`,
    ),
  ],
};

/** The same of single protocols. */
const EXPECTED_BY: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>> = {
  fastcgi: {
    'without CONTENT_LENGTH nothing tells an empty body from none': [
      ...['json', 'raw', 'text', 'urlencoded'].map(
        (parser) => `express.${parser}() should handle empty message-body`,
      ),
    ],
  },
};

interface Report {
  readonly passes: readonly { readonly fullTitle: string }[];
  readonly failures: readonly { readonly fullTitle: string }[];
}

if (checkout === undefined)
  it.skip("Express's own tests (SLUICE_EXPRESS_CHECKOUT names no checkout of it)", () => {});
else
  describe.each(['http', 'fastcgi', 'scgi', 'uwsgi', 'ajp'])('by %s', (protocol) => {
    it(
      'everything passes but what is listed, and nothing of that',
      async () => {
        const { failures, passes } = await inCheckout<Report>(checkout, protocol, (file) => [
          ...['--import', PRELOAD.href, 'node_modules/mocha/bin/_mocha'],
          ...['--require', 'test/support/env', '--check-leaks', '--exit'],
          ...['--reporter', 'json', '--reporter-option', `output=${file}`],
          ...['test/', 'test/acceptance/'],
        ]);
        const listed = [EXPECTED, EXPECTED_BY[protocol] ?? {}].flatMap((reasons) =>
          Object.values(reasons).flat(),
        );
        expect(failures.map(({ fullTitle }) => fullTitle).sort()).toEqual(listed.sort());
        expect(passes.length).toBeGreaterThan(1000);
      },
      TIMEOUT,
    );
  });
