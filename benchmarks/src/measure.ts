// One server, under its load in many short rounds.
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { cpuOf } from './cpu.ts';
import type { Server } from './launch.ts';
import type { LoadTask } from './load-process.ts';
import { conversationFor } from './requests.ts';
import type { Scenario } from './scenarios.ts';
import { BODY } from './servers/application.ts';

/** Clients of each load process. */
export const CLIENTS = 8;

/** How many times as many requests a round has on kept connections: they take less time, and a round must not be too short. */
export const MORE_WHEN_KEPT = 3;

/** A server that is being measured: microseconds for each request, one number a round. */
export interface Running {
  readonly scenario: Scenario;
  readonly server: Server;
  /** Of all its processes. */
  readonly cpu: number[];
  readonly time: number[];
}

/** Starts the processes that the load comes from. */
export function startLoads(count: number): ChildProcess[] {
  return Array.from({ length: count }, () => fork(new URL('./load-process.js', import.meta.url)));
}

/** Sends a round of requests, more on kept connections; its figures count or not. */
export async function measure(
  { scenario, server, cpu, time }: Running,
  loads: readonly ChildProcess[],
  requests: number,
  counts: boolean,
): Promise<void> {
  const { protocol, kept } = scenario;
  const all = requests * (kept ? MORE_WHEN_KEPT : 1);
  const load = { kept, clients: CLIENTS, requests: Math.round(all / loads.length) };
  const { request, end } = conversationFor(protocol, kept, server.script);
  const body = BODY.toString();
  const task: LoadTask = {
    port: server.port,
    load,
    request: latin1(request),
    body,
    end: end ? latin1(end) : body,
  };
  const before = cpuOf(server.pid);
  const start = performance.now();
  await Promise.all(loads.map((process) => work(process, task, scenario.name)));
  const sent = load.requests * loads.length;
  if (!counts) return;
  cpu.push((cpuOf(server.pid) - before) / sent);
  time.push(((performance.now() - start) * 1000) / sent);
}

function latin1(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('latin1');
}

async function work(process: ChildProcess, task: LoadTask, name: string): Promise<void> {
  process.send(task);
  const [answer] = (await once(process, 'message')) as ['done' | { failure: string }];
  if (answer !== 'done') throw new Error(`${name}: ${answer.failure}`);
}
