// Cases: applications that take the connection over from HTTP, as for WebSockets.
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import type { Server } from 'sluice';
import { expect } from 'vitest';
import { Cleanup } from '../../support/cleanup.ts';
import { openGate } from '../../support/gate.ts';
import { inTime } from '../../support/until.ts';
import { type Upgraded, upgrade } from '../../support/upgrade-client.ts';
import type { Case, Site } from '../site.ts';

const MEBIBYTE = 1_048_576;
const GREETING = 'greetings\n';

/** Where the web server lets the connection be taken over. */
export const upgradeCases = {
  'upgrade: not asked for, not offered': async (site) => {
    const { status, text } = await site.exchange('/take-over');
    expect({ status, text }).toEqual({ status: 426, text: 'ask for an upgrade\n' });
  },
  'upgrade: 101 with the headers of the application, which may speak first': (site) =>
    takeOver(site, '', async ({ answer }) => {
      const { upgrade, connection, 'x-answer': own } = answer.headers;
      expect({ status: answer.statusCode, upgrade, connection, own }).toEqual({
        status: 101,
        upgrade: 'websocket',
        connection: expect.stringMatching(/^upgrade$/i),
        own: 'taken over',
      });
    }),
  'upgrade: messages go both ways, one after the other': (site) =>
    takeOver(site, '', async (client) => {
      for (let count = 0; count < 50; count++) await expectEcho(client, `message ${count}`);
    }),
  'upgrade: messages of 1 MiB go both ways at once': (site) =>
    takeOver(site, '', async (client) => {
      for (let count = 0; count < 3; count++) await expectEcho(client, randomBytes(MEBIBYTE));
    }),
  'upgrade: 20 at once, each with its own messages': async (site) => {
    await Promise.all(
      Array.from({ length: 20 }, () =>
        takeOver(site, '', async (client) => {
          for (let count = 0; count < 5; count++) await expectEcho(client, randomBytes(70_000));
        }),
      ),
    );
  },
  'upgrade: asked for, and not granted': async (site) => {
    const headers = { Connection: 'Upgrade', Upgrade: 'websocket' };
    const { status, text } = await site.exchange('/digest', { headers });
    expect(status, text).toBe(200);
    expect(JSON.parse(text).length).toBe(0);
  },
  'upgrade: the client ends it': (site) => expectClientEnds(site, 'ended'),
  'upgrade: the client disappears': (site) =>
    withGate(site, expect.stringMatching(/^(?:ended|cut)$/), async (client) => {
      await expectEcho(client, 'a message');
      client.socket.destroy();
    }),
  'upgrade: the application ends it': (site) =>
    takeOver(site, '?farewell', async (client) => {
      expect(await client.readToEnd()).toBe(MEBIBYTE);
    }),
} satisfies Record<string, Case>;

/** The client ends an upgraded connection; how the application sees that. */
export async function expectClientEnds(site: Site, ending: 'ended' | 'cut'): Promise<void> {
  await withGate(site, ending, async (client) => {
    await expectEcho(client, randomBytes(MEBIBYTE));
    client.socket.end();
    expect(await client.readToEnd()).toBe(0);
  });
}

/** A stop of a server ends the connections that were taken over. */
export async function expectStopToEnd(site: Site, server: Server): Promise<void> {
  const client = await upgrade(site.origin, '/take-over');
  await client.read(GREETING.length);
  const closed = server.close();
  void server.close(); // does not wait for them
  client.socket.on('error', () => {});
  await inTime('the connection closes', once(client.socket, 'close'));
  await inTime('the server stops', closed);
}

async function takeOver(
  site: Site,
  query: string,
  use: (client: Upgraded) => Promise<void>,
): Promise<void> {
  const client = await upgrade(site.origin, `${site.mount}/take-over${query}`);
  try {
    expect((await client.read(GREETING.length)).toString()).toBe(GREETING);
    await use(client);
  } finally {
    client.socket.destroy();
  }
}

/** Expects the application to hear of the end. */
async function withGate(
  site: Site,
  ending: unknown,
  use: (client: Upgraded) => Promise<void>,
): Promise<void> {
  const cleanup = new Cleanup();
  try {
    const gate = await openGate(cleanup);
    await takeOver(site, `?gate=${gate.path}`, use);
    expect(await gate.departure()).toEqual(ending);
  } finally {
    await cleanup.run();
  }
}

async function expectEcho(client: Upgraded, message: string | Buffer): Promise<void> {
  const sent = Buffer.from(message);
  client.socket.write(sent);
  const received = await client.read(sent.length);
  expect(received.equals(sent)).toBe(true);
}
