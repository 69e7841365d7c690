// A blog under /blog/ of lighttpd: its static files from the disk, everything else from an application
// that is told where it is mounted, and /blog2 none of its business.
import { writeFileSync } from 'node:fs';
import { expect } from 'vitest';
import { exchange } from '../support/http-client.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { behind } from './behind.ts';
import { LIGHTTPD_QUERIES, NORMALISED } from './facts.ts';
import { LIGHTTPD, startLighttpd } from './servers/lighttpd.ts';
import { describeSetUp } from './set-up.ts';

const COLLECTED = {
  reason: 'lighttpd without server.stream-response-body reads a response to its end first',
};
const STYLE = 'body { color: black }\n';

describeSetUp({
  title: 'lighttpd, a blog at /blog over SCGI',
  programs: [LIGHTTPD],
  mount: '/blog',
  start: behind(
    startLighttpd,
    'lighttpd-blog.conf',
    'scgi',
    ['--script-name', '/blog'],
    (cleanup) => {
      const files = temporaryFolder(cleanup);
      writeFileSync(`${files}/style.css`, STYLE);
      return { STATIC: files };
    },
  ),
  facts: {
    variables: { 'sluice.protocol': 'scgi' },
    paths: NORMALISED,
    queries: LIGHTTPD_QUERIES,
  },
  limits: {
    'body: the first block arrives before the second is made': COLLECTED,
    'body: the client leaves, and close() of the application is called': COLLECTED,
  },
  own: {
    'blog: /blog is redirected to /blog/': async ({ origin }) => {
      const { status, headers } = await exchange(origin, '/blog');
      expect({ status, location: headers.location }).toEqual({
        status: 301,
        location: `${origin}/blog/`,
      });
    },
    'blog: /blog/ is the application': async ({ origin }) => {
      const { status, text } = await exchange(origin, '/blog/');
      expect({ status, text }).toEqual({ status: 404, text: 'the application knows no /\n' });
    },
    'blog: /blog/static/ is on the disk': async ({ origin }) => {
      const { status, text } = await exchange(origin, '/blog/static/style.css');
      expect({ status, text }).toEqual({ status: 200, text: STYLE });
      const missing = await exchange(origin, '/blog/static/nothing.css');
      expect(missing.status).toBe(404);
      expect(missing.text).not.toContain('the application');
    },
    'blog: /blog2 is not the application': async ({ origin }) => {
      for (const path of ['/blog2', '/blog2/', '/blog2/environ', '/blogs']) {
        const { status, text } = await exchange(origin, path);
        expect(status).toBe(404);
        expect(text).not.toContain('the application');
      }
    },
  },
});
