// What a service manager hears: a datagram socket, which Node.js has none of.
import { spawnSync } from 'node:child_process';
import { onTestFinished } from 'vitest';
import { Program } from './program.ts';
import { until } from './until.ts';

/** Whether there is a Python that can receive. */
export const HAS_PYTHON = spawnSync('python3', ['--version']).status === 0;

/** Whether there is the command that sends. */
export const HAS_SYSTEMD_NOTIFY = spawnSync('systemd-notify', ['--version']).status === 0;

const RECEIVER = `
import os, json, socket, struct, sys
name = sys.argv[1]
server = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
server.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 1)
server.bind('\\0' + name[1:] if name[0] == '@' else name)
print('null', flush=True)
while True:
    data, ancillary, _, _ = server.recvmsg(65536, 1024)
    sender = [None, None, None]
    for _, kind, content in ancillary:
        if kind == socket.SCM_CREDENTIALS: sender = struct.unpack('3i', content[:12])
        if kind == socket.SCM_RIGHTS: # the sender waits until its barrier is closed
            for fd in struct.unpack('%di' % (len(content) // 4), content): os.close(fd)
    text = data.decode()
    if text != 'BARRIER=1': print(json.dumps({'text': text, 'pid': sender[0]}), flush=True)
`;

/** What was heard, and of whom. */
export interface Notification {
  /** `NAME=value`, one in each line. */
  readonly text: string;
  /** The process that systemd takes for the sender. */
  readonly pid: number;
}

/** Listens at a path, or at an abstract name that begins with `@`, until the test is finished. */
export async function notifySocket(name: string): Promise<() => readonly Notification[]> {
  const program = new Program(['-c', RECEIVER, name], {}, 'python3');
  onTestFinished(() => program.kill());
  const lines = () => program.stdout.split('\n').slice(0, -1);
  await until(`a receiver, only\n${program.stderr}`, () => lines().length > 0);
  return () =>
    lines()
      .slice(1)
      .map((line) => JSON.parse(line));
}
