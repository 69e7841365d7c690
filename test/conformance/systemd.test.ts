// systemd: sockets that it passes, and what it is told.
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type BoundAddress, bind } from '@sluice/concurrency';
import { describe, expect, it, onTestFinished } from 'vitest';
import { BIN } from './support/command.ts';
import { get } from './support/load.ts';
import { MODELS } from './support/matrix.ts';
import { HAS_PYTHON, HAS_SYSTEMD_NOTIFY, notifySocket } from './support/notify-socket.ts';
import { childrenOf } from './support/processes.ts';
import { Program } from './support/program.ts';
import { scratch } from './support/scratch.ts';
import { app } from './support/start-server.ts';
import { until } from './support/until.ts';

const NOTIFY = fileURLToPath(new URL('./support/daemon/notify.js', import.meta.url));

/** Starts a program as systemd does: the sockets from descriptor 3 on, and LISTEN_PID its own. */
function activated(
  sockets: readonly BoundAddress[],
  env: NodeJS.ProcessEnv,
  words: readonly string[],
): Program {
  const script = `[ -n "$LISTEN_PID" ] || export LISTEN_PID=$$; exec "$@"`;
  const program = new Program(
    ['-c', script, 'sh', process.execPath, ...words],
    {
      stdio: ['ignore', 'pipe', 'pipe', ...sockets.map(({ fd }) => fd)],
      env: { ...process.env, LISTEN_FDS: String(sockets.length), ...env },
    },
    'sh',
  );
  onTestFinished(() => program.kill());
  return program;
}

async function boundSocket(host = '127.0.0.1'): Promise<BoundAddress> {
  const bound = await bind({ type: 'tcp', host, port: 0 });
  onTestFinished(() => bound.close());
  return bound;
}

const urlOf = (protocol: string, { address }: BoundAddress) =>
  `${protocol}://127.0.0.1:${(address as { port: number }).port}`;

const serving = (...listen: readonly string[]) => [
  ...[BIN, 'serve', app('environ-of-process.js')],
  ...listen.flatMap((address) => ['--listen', address]),
];

describe.each(MODELS)('%s: sockets of systemd', (concurrency) => {
  const model = ['--concurrency', concurrency, '--workers', '2'];

  it('are served by name, and no child sees the variables', async () => {
    const sockets = [await boundSocket(), await boundSocket()] as const;
    const words = [...serving('http+systemd:http', 'scgi+systemd:scgi'), ...model];
    const program = activated(sockets, { LISTEN_FDNAMES: 'scgi:http' }, words);
    await program.line(/^serving /, 15_000);
    expect(await get(urlOf('scgi', sockets[0]), '/')).toBe('[]');
    expect(await get(urlOf('http', sockets[1]), '/')).toBe('[]');
    for (const child of childrenOf(program.pid))
      expect(readFileSync(`/proc/${child}/environ`, 'latin1')).not.toContain('LISTEN_');
    program.signal('SIGTERM');
    expect(await program.ended()).toEqual({ code: 0, signal: null });
  });

  it('that share a name are all served', async () => {
    const sockets = [await boundSocket(), await boundSocket()] as const;
    const words = [...serving('scgi+systemd:web?allow=127.0.0.1'), ...model];
    const program = activated(sockets, { LISTEN_FDNAMES: 'web:web' }, words);
    await program.line(/^serving /, 15_000);
    for (const socket of sockets) expect(await get(urlOf('scgi', socket), '/')).toBe('[]');
  });
});

describe('sockets of systemd', () => {
  it('the only one needs no name', async () => {
    const socket = await boundSocket();
    const program = activated([socket], {}, serving('scgi+systemd:'));
    await program.line(/^serving /, 15_000);
    expect(await get(urlOf('scgi', socket), '/')).toBe('[]');
  });

  it.each([
    ['for another process', ['scgi+systemd:web'], { LISTEN_PID: '1' }, /LISTEN_PID is 1 and this/],
    ['none', ['scgi+systemd:web'], { LISTEN_FDS: '0' }, /passed no sockets/],
    ['not that one', ['ajp+systemd:ajp'], {}, /no socket named ajp; there are scgi, http$/m],
    ['several', ['scgi+systemd:'], {}, /several sockets; name one of them: scgi, http$/m],
    [
      ...(['one twice', ['scgi+systemd:scgi', 'http+systemd:scgi']] as const),
      ...([{}, /scgi\+systemd:scgi and http\+systemd:scgi are the same socket/] as const),
    ],
    ['with a wrong option', ['scgi+systemd:scgi?mode=660'], {}, /only the file of a Unix socket/],
  ])('%s: the command says so and exits with 2', async (_what, listen, env, message) => {
    const sockets = [await boundSocket(), await boundSocket()];
    const all = { LISTEN_FDNAMES: 'scgi:http', ...env };
    const program = activated(sockets, all, serving(...listen));
    expect((await program.ended(15_000)).code).toBe(2);
    expect(program.stderr).toMatch(message);
  });

  const TOOL = 'systemd-socket-activate';
  const hasTool = spawnSync(TOOL, ['--version']).status === 0;
  it.skipIf(!hasTool)(
    `as ${TOOL} passes them${hasTool ? '' : ` (skipped: no ${TOOL} here)`}`,
    async () => {
      const folder = scratch();
      const paths = ['a', 'b'].map((name) => join(folder, name)) as [string, string];
      const words = ['--fdname=scgi:http', ...paths.flatMap((path) => ['-l', path])];
      const command = [process.execPath, ...serving('http+systemd:http', 'scgi+systemd:scgi')];
      const program = new Program([...words, ...command], {}, TOOL);
      onTestFinished(() => program.kill());
      await program.line(/Listening on .*\/b/);
      connect(paths[0])
        .on('error', () => {})
        .end(); // it waits for somebody
      await program.line(/^serving /, 15_000);
      expect(await get(`scgi+unix:${paths[0]}`, '/')).toBe('[]');
      expect(await get(`http+unix:${paths[1]}`, '/')).toBe('[]');
    },
  );
});

const cannot = !HAS_PYTHON ? 'no python3 here' : !HAS_SYSTEMD_NOTIFY && 'no systemd-notify here';

describe.skipIf(cannot)(`sluice serve${cannot ? ` (skipped: ${cannot})` : ''}`, () => {
  it.each(MODELS)('%s: tells systemd how it is, and no worker can', async (concurrency) => {
    const name = join(scratch(), 'notify');
    const heard = await notifySocket(name);
    const socket = await boundSocket();
    const words = [...serving('scgi+systemd:'), '--concurrency', concurrency, '--workers', '2'];
    const program = activated([socket], { NOTIFY_SOCKET: name, WATCHDOG_USEC: '400000' }, words);
    await program.line(/^serving /, 15_000);
    expect(await get(urlOf('scgi', socket), '/')).toBe('[]');
    const told = () => heard().map(({ text }) => text.split('\n')[0]);
    await until(
      'the watchdog is told',
      () => told().filter((each) => each === 'WATCHDOG=1').length > 1,
    );
    program.signal('SIGHUP');
    if (concurrency !== 'single')
      await until('a reload is told', () => told().filter((each) => each === 'READY=1').length > 1);
    program.signal('SIGTERM');
    expect(await program.ended()).toEqual({ code: 0, signal: null });
    await until('its end is told', () => told().includes('STOPPING=1'));
    const rest = told().filter((each) => each !== 'WATCHDOG=1');
    expect(rest[0]).toBe('READY=1');
    expect(rest.at(-1)).toBe('STOPPING=1');
    if (concurrency !== 'single')
      expect(rest).toEqual(['READY=1', 'RELOADING=1', 'READY=1', 'STOPPING=1']);
    expect(heard()[0]?.text).toContain(`MAINPID=${program.pid}\n`);
  });
});

describe.skipIf(cannot)(`what systemd is told${cannot ? ` (skipped: ${cannot})` : ''}`, () => {
  it.each(['a path', 'an abstract name'])('at %s: each word, in order', async (kind) => {
    const folder = scratch();
    const name = kind === 'a path' ? join(folder, 'notify') : `@sluice-test${folder}`;
    const heard = await notifySocket(name);
    const env = { ...process.env, NOTIFY_SOCKET: name, WATCHDOG_USEC: '20000' };
    const program = new Program([NOTIFY, '3'], { env });
    onTestFinished(() => program.kill());
    const { pid } = program;
    expect(await program.ended()).toEqual({ code: 0, signal: null });
    expect(JSON.parse(program.stdout)).toEqual({ isManaged: true, left: [] });
    expect(program.stderr).toBe('');
    await until('its end is told', () => heard().at(-1)?.text.startsWith('STOPPING=1'));
    const texts = heard().map(({ text }) => text.trimEnd());
    expect(texts).toEqual([
      `READY=1\nMAINPID=${pid}\nSTATUS=serving`,
      expect.stringMatching(/^RELOADING=1\nMONOTONIC_USEC=\d+$/),
      `READY=1\nMAINPID=${pid}`,
      ...['WATCHDOG=1', 'WATCHDOG=1', 'WATCHDOG=1'],
      'STOPPING=1',
    ]);
    // NotifyAccess=main takes it from root, who may speak in the name of another process; all from anybody.
    if (process.getuid?.() === 0) for (const each of heard()) expect(each.pid).toBe(pid);
  });

  it('nobody is there to hear: one line, and the service goes on', async () => {
    const env = { ...process.env, NOTIFY_SOCKET: join(scratch(), 'nobody') };
    const program = new Program([NOTIFY], { env });
    onTestFinished(() => program.kill());
    expect((await program.ended()).code).toBe(0);
    expect(program.log).toEqual([expect.stringMatching(/^systemd cannot be told READY=1: .+/)]);
  });
});

it('where no service manager is, nothing is said', async () => {
  const { NOTIFY_SOCKET: _socket, ...env } = process.env;
  const program = new Program([NOTIFY], { env });
  onTestFinished(() => program.kill());
  expect((await program.ended()).code).toBe(0);
  expect(JSON.parse(program.stdout)).toEqual({ isManaged: false, left: [] });
  expect(program.stderr).toBe('');
});
