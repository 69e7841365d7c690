// `sluice request`: bodies that come from files and pipes, and answers that go there.
import { closeSync, existsSync, openSync, readFileSync, readSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ProtocolName } from 'sluice';
import { beforeAll, describe, expect, it } from 'vitest';
import { sluice } from './support/command.ts';
import { ALL, peerThat, request, serveAll } from './support/request-command.ts';
import { scratch } from './support/scratch.ts';
import { settled, until } from './support/until.ts';

let addresses: Record<ProtocolName, string>;
beforeAll(async () => {
  const servers = await serveAll();
  addresses = servers.addresses;
  return () => servers.close();
});

const LARGE = Buffer.alloc(3_000_000, 'a line of sixteen\n');

describe.each(ALL)('sluice request: %s', (name) => {
  it('sends a file and writes a file, with its length', async () => {
    const folder = scratch();
    const [from, to] = [join(folder, 'from'), join(folder, 'to')];
    writeFileSync(from, LARGE);
    writeFileSync(to, 'x'.repeat(4_000_000));
    const words = [addresses[name], '/a', '--data', `@${from}`, '-o', to];
    const { code, stdout, stderr } = await request(words);
    expect({ code, stdout, stderr }).toEqual({ code: 0, stdout: '', stderr: '' });
    expect(readFileSync(to).equals(Buffer.concat([Buffer.from('POST |/a\n'), LARGE]))).toBe(true);
    const asked = await request([addresses[name], '/?variables', '-d', `@${from}`]);
    expect(JSON.parse(asked.stdout).CONTENT_LENGTH).toBe(String(LARGE.length));
  });

  it.each(['-', '@-'])('sends the standard input: -d %s', async (word) => {
    const { code, stdout } = await request([addresses[name], '/a', '-d', word], 'typed');
    expect([code, stdout]).toEqual([0, 'POST |/a\ntyped']);
  });

  it('sends a file that is the standard input, from where it stands', async () => {
    const file = join(scratch(), 'file');
    writeFileSync(file, 'read before, and now');
    const descriptor = openSync(file, 'r');
    readSync(descriptor, Buffer.alloc(13), 0, 13, null);
    const program = sluice(['request', addresses[name], '/?variables', '-d', '-'], {
      stdio: [descriptor, 'pipe', 'pipe'],
    });
    closeSync(descriptor);
    expect((await program.ended()).code).toBe(0);
    expect(JSON.parse(program.stdout).CONTENT_LENGTH).toBe('7');
  });

  it('ends quietly when nobody reads the answer', async () => {
    const program = sluice(['request', addresses[name], '/?endless']);
    program.child.stdout?.once('data', () => program.child.stdout?.destroy());
    const { code, signal } = await program.ended();
    expect({ code, signal, stderr: program.stderr }).toEqual({ code: 0, signal: null, stderr: '' });
  });

  it('--max-time ends an answer that does not', async () => {
    const words = [addresses[name], '/?endless', '--max-time', '0.7', '-o', '/dev/null'];
    const { code, lines } = await request(words);
    expect(code).toBe(1);
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatch(/^sluice request: .*no whole answer within 0\.7 s\. /);
  });
});

describe.each(['http', 'ajp'] as const)('sluice request: %s', (name) => {
  it('sends the standard input as it comes, and writes the answer as it comes', async () => {
    const program = sluice(['request', addresses[name], '/', '-d', '-']);
    program.child.stdin?.write('first ');
    await until('the first part comes back', () => program.stdout === 'POST |/\nfirst ');
    program.child.stdin?.end('second');
    expect((await program.ended()).code).toBe(0);
    expect(program.stdout).toBe('POST |/\nfirst second');
  });
});

describe('sluice request', () => {
  it('does not wait for the rest of a body when the answer has ended', async () => {
    const address = await peerThat((socket) => {
      socket.once('data', () => {
        socket.end('HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\nConnection: close\r\n\r\n');
      });
    });
    const program = sluice(['request', `http${address}`, '/', '-d', '-']);
    program.child.stdin?.on('error', () => {}).write('more will come');
    expect((await program.ended()).code).toBe(4);
  });

  it('takes no more of an answer than is read of it', async () => {
    let taken = 0;
    const address = await peerThat((socket) => {
      socket.once('data', () => {
        socket.write('Content-Type: text/plain\r\n\r\n');
        const block = Buffer.alloc(65536);
        const go = () => {
          while (socket.write(block, () => (taken += block.length)));
        };
        socket.on('drain', go);
        go();
      });
    });
    const program = sluice(['request', `scgi${address}`], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    program.child.stdout?.removeAllListeners('data').pause();
    await until('the answer begins', () => taken > 0);
    await settled('the peer is held up', () => taken, 300);
    expect(taken).toBeLessThan(32 * 1_048_576);
    await program.kill();
  });

  it('leaves a file as it was when there is no answer', async () => {
    const file = join(scratch(), 'kept');
    writeFileSync(file, 'kept');
    const address = await peerThat((socket) => socket.destroy());
    expect((await request([`scgi${address}`, '/', '-o', file])).code).toBe(1);
    expect(readFileSync(file, 'utf8')).toBe('kept');
  });

  it('says that an answer cannot be written', async () => {
    if (!existsSync('/dev/full')) return;
    const { code, stderr } = await request([addresses.scgi, '/', '-o', '/dev/full']);
    expect(code).toBe(1);
    expect(stderr).toMatch(/^sluice request: \/dev\/full cannot be written: ENOSPC.*\n$/);
  });
});
