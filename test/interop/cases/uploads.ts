// Cases: request bodies that reach the application while they are being sent.
import { request } from 'node:http';
import { expect } from 'vitest';
import { Cleanup } from '../../support/cleanup.ts';
import { openGate } from '../../support/gate.ts';
import type { Case, Site } from '../site.ts';

const FIRST = 100_000;
const SECOND = 50_000;

/** Where the web server is told not to collect them. */
export const uploadCases = {
  'upload: its first part arrives before the second is sent': (site) =>
    expectUpload(site, { 'Content-Length': FIRST + SECOND }),
  'upload: in chunks, its first part arrives before the second is sent': (site) =>
    expectUpload(site, {}),
  'upload: the client leaves in the middle, and the application is told': async (site) => {
    const cleanup = new Cleanup();
    try {
      const gate = await openGate(cleanup);
      const { hostname, port } = new URL(site.origin);
      const outgoing = request({
        ...{ hostname, port, method: 'POST', path: `${site.mount}/upload?gate=${gate.path}` },
        headers: { 'Content-Length': FIRST + SECOND },
        agent: false,
      });
      outgoing.on('error', () => {}); // cut off by this test
      outgoing.write(Buffer.alloc(FIRST, 'a'));
      await gate.arrival();
      outgoing.destroy();
      await gate.departure();
    } finally {
      await cleanup.run();
    }
  },
} satisfies Record<string, Case>;

async function expectUpload(site: Site, headers: Record<string, number>): Promise<void> {
  const cleanup = new Cleanup();
  try {
    const gate = await openGate(cleanup);
    async function* body() {
      yield Buffer.alloc(FIRST, 'a');
      await gate.arrival();
      yield Buffer.alloc(SECOND, 'b');
    }
    const sent = { method: 'POST', headers, body: body() };
    const { status, text } = await site.exchange(`/upload?gate=${gate.path}`, sent);
    expect({ status, text }).toEqual({ status: 200, text: String(FIRST + SECOND) });
  } finally {
    await cleanup.run();
  }
}
