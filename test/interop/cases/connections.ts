// Cases: many clients at once, and many requests of one client.
import { randomBytes } from 'node:crypto';
import { expect } from 'vitest';
import { oneConnection } from '../../support/http-client.ts';
import type { Case } from '../site.ts';
import { expectDigest } from './bodies.ts';

const CLIENTS = 50;

/** What must not get mixed up. */
export const connectionCases = {
  'clients: 50 at once, each with its own body': async (site) => {
    await Promise.all(
      Array.from({ length: CLIENTS }, (_, number) =>
        expectDigest(site, 'POST', randomBytes(10_000 + 1000 * number)),
      ),
    );
  },
  'connection: one carries many requests': async (site) => {
    const agent = oneConnection(site.origin);
    try {
      const statuses: number[] = [];
      const send = async (path: string, method: string, body?: Uint8Array) => {
        const answer = await site.exchange(path, { method, agent, ...(body && { body }) });
        statuses.push(answer.status);
      };
      await send('/digest', 'POST', randomBytes(70_000));
      await send('/environ', 'HEAD');
      await send('/no-content', 'GET');
      await send('/not-modified', 'GET');
      await send('/unread', 'POST', randomBytes(70_000));
      await send('/nothing', 'GET');
      await send('/environ', 'GET');
      expect(statuses).toEqual([200, 200, 204, 304, 413, 404, 200]);
    } finally {
      agent.destroy();
    }
  },
} satisfies Record<string, Case>;
