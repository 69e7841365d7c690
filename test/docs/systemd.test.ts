// The units of docs/systemd.md: systemd understands them, and what they start serves as they say.
import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type BoundAddress, bind, describeAddress } from '@sluice/concurrency';
import { afterEach, describe, expect, it, onTestFinished } from 'vitest';
import {
  HAS_PYTHON,
  HAS_SYSTEMD_NOTIFY,
  notifySocket,
} from '../conformance/support/notify-socket.ts';
import { childrenOf, isAlive } from '../conformance/support/processes.ts';
import { Program } from '../conformance/support/program.ts';
import { Cleanup } from '../support/cleanup.ts';
import { SLUICE } from '../support/sluice.ts';
import { until } from '../support/until.ts';
import { ask } from './ask.ts';
import { blocksOf, section } from './markdown.ts';
import { openWorkshop, type Workshop } from './workshop.ts';

const DOCUMENT = 'docs/systemd.md';

const cleanup = new Cleanup();
afterEach(() => cleanup.run());

interface Unit {
  readonly file: string;
  readonly text: string;
}

/** The units of a section, without those of the sections below it. */
function unitsOf(heading: string): readonly Unit[] {
  const [own = ''] = section(DOCUMENT, heading).split(/^#/m);
  return blocksOf(DOCUMENT).filter(
    ({ language, text }) => language === 'systemd' && own.includes(text),
  );
}

const SETS = { systemd: unitsOf('A service'), 'Socket activation': unitsOf('Socket activation') };

/** The values of a key, in order. */
function valuesOf({ text }: Unit, key: string): readonly string[] {
  return [...text.matchAll(new RegExp(`^${key}=(.*)$`, 'gm'))].map(([, value]) => value as string);
}

/** Binds an address of `ListenStream=`. */
async function bindStream(stream: string): Promise<BoundAddress> {
  const [, host, port] = /^(.*):(\d+)$/.exec(stream) ?? [];
  const bound = await bind(
    host === undefined ? { type: 'unix', path: stream } : { type: 'tcp', host, port: Number(port) },
  );
  cleanup.add(() => bound.close());
  return bound;
}

const COMMAND = '/srv/node_modules/sluice/dist/bin.js';

/** With paths and ports that are ours; not every machine has IPv6. */
const local = (workshop: Workshop, text: string) =>
  workshop.local(text.replaceAll(COMMAND, SLUICE)).replaceAll('[::1]:', '127.0.0.1:');

/** Starts what a service starts, with the sockets of its socket units, as systemd would. */
async function startService(service: Unit, sockets: readonly Unit[], workshop: Workshop) {
  const streams = sockets.flatMap((unit) =>
    valuesOf(unit, 'ListenStream').map((stream) => ({
      stream: local(workshop, stream),
      name: valuesOf(unit, 'FileDescriptorName')[0] as string,
    })),
  );
  const bound: BoundAddress[] = [];
  for (const { stream } of streams) bound.push(await bindStream(stream));
  for (const folder of valuesOf(service, 'RuntimeDirectory'))
    mkdirSync(join(workshop.folder, folder));
  const notify = join(workshop.folder, 'notify');
  const heard = HAS_PYTHON ? await notifySocket(notify) : () => [];
  const names = streams.map(({ name }) => name);
  const [command = ''] = valuesOf(service, 'ExecStart');
  const program = new Program(
    ['-c', `export LISTEN_PID=$$; exec ${local(workshop, command)}`],
    {
      cwd: workshop.folder,
      stdio: ['ignore', 'pipe', 'pipe', ...bound.map(({ fd }) => fd)],
      env: {
        ...process.env,
        ...(HAS_PYTHON && { NOTIFY_SOCKET: notify }),
        ...(bound.length > 0 && {
          LISTEN_FDS: String(bound.length),
          LISTEN_FDNAMES: names.join(':'),
        }),
      },
    },
    'sh',
  );
  onTestFinished(() => program.kill());
  await program.line(/^serving /, 15_000);
  const given = bound.map(({ address }, at) =>
    address.type === 'tcp'
      ? `${names[at]}://${describeAddress(address)}`
      : `${names[at]}+unix:${describeAddress(address)}`,
  );
  if (bound.length === 0) await program.line(/^ {2}\S+ +try: /);
  const own = program.log.flatMap((line) => /^ {2}(\S+) +try: /.exec(line)?.[1] ?? []);
  return { program, addresses: [...given, ...own], heard };
}

describe.each(Object.entries(SETS))('%s', (_heading, units) => {
  const [service] = units.filter(({ file }) => file.endsWith('.service')) as [Unit];
  const sockets = units.filter(({ file }) => file.endsWith('.socket'));

  it('what the service starts serves, reloads and stops', async () => {
    const workshop = await openWorkshop(cleanup);
    const { program, addresses, heard } = await startService(service, sockets, workshop);
    expect(addresses.length).toBeGreaterThan(0);
    for (const address of addresses) expect(await ask(address, '/a')).toBe('GET /a\n');
    const workers = childrenOf(program.pid);
    expect(valuesOf(service, 'ExecReload')).toEqual(['/bin/kill -HUP $MAINPID']);
    program.signal('SIGHUP');
    await until('other workers', () => !workers.some(isAlive));
    for (const address of addresses) expect(await ask(address, '/a')).toBe('GET /a\n');
    const canHear = HAS_PYTHON && HAS_SYSTEMD_NOTIFY;
    const told = () => heard().map(({ text }) => text.split('\n')[0]);
    if (canHear) await until('the reload is told', () => told().length === 3);
    program.signal('SIGTERM');
    expect(await program.ended()).toEqual({ code: 0, signal: null });
    if (!canHear) return;
    await until('its end is told', () => told().includes('STOPPING=1'));
    expect(told()).toEqual(['READY=1', 'RELOADING=1', 'READY=1', 'STOPPING=1']);
  });

  const hasAnalyze = spawnSync('systemd-analyze', ['--version']).status === 0;
  it.skipIf(!hasAnalyze)(
    `systemd-analyze finds nothing wrong${hasAnalyze ? '' : ' (skipped: there is none here)'}`,
    async () => {
      const { folder } = await openWorkshop(cleanup);
      const names = units.map(({ file, text }) => {
        const known = text.replaceAll('/usr/bin/node', process.execPath); // it looks for the program
        writeFileSync(join(folder, file), known);
        return `./${file}`;
      });
      const words = ['verify', '--man=no', '--recursive-errors=no', ...names];
      const { status, stderr } = spawnSync('systemd-analyze', words, {
        cwd: folder,
        encoding: 'utf8',
      });
      expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    },
  );
});
