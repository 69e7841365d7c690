// Cases: the same application where the web server speaks TLS.
import { expect } from 'vitest';
import { exchange } from '../../support/http-client.ts';
import type { Case } from '../site.ts';

/** The application has to know, or its links and redirects lead to where nobody listens. */
export const httpsCases = {
  'https: wsgi.url_scheme says so': async (site) => {
    const origin = site.secureOrigin ?? 'nowhere';
    const { status, text } = await exchange(origin, `${site.mount}/environ/x`, {
      from: '127.0.0.2',
    });
    expect(status, text).toBe(200);
    expect(JSON.parse(text)).toMatchObject({
      'wsgi.url_scheme': 'https',
      SCRIPT_NAME: site.mount,
      PATH_INFO: '/environ/x',
      REMOTE_ADDR: '127.0.0.2',
      SERVER_PORT: site.facts.variables.SERVER_PORT ?? new URL(origin).port,
    });
  },
} satisfies Record<string, Case>;
