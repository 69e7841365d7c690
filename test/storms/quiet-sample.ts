// What the processes of a server hold while nobody asks for anything.
import { childrenOf, fdCount, residentBytes } from '../conformance/support/processes.ts';
import { until } from '../conformance/support/until.ts';
import { Client } from './client.ts';
import { WIRES } from './wire.ts';

const CALM = 1000; // milliseconds for which nothing may change
const PATIENCE = 30_000; // milliseconds

/** Figures of one moment. */
export interface Sample {
  /** The supervisor, then its children. */
  readonly descriptors: readonly number[];
  /** Bytes of memory of the supervisor. */
  readonly supervisor: number;
  /** Bytes of memory of the children together. */
  readonly workers: number;
  /** Bytes of living objects of all workers together. */
  readonly heap: number;
}

/** Waits until a server is at rest, and looks. */
export async function sampleOf(pid: number, scgi: string, workers: number): Promise<Sample> {
  const heap = await heapOf(scgi, workers);
  const descriptors = () => [pid, ...childrenOf(pid)].map((process) => countOf(process));
  let last = '';
  let since = 0;
  await until(
    'the server is at rest',
    () => {
      const now = descriptors().join(' ');
      if (now !== last) since = performance.now();
      last = now;
      return performance.now() - since > CALM;
    },
    PATIENCE,
  );
  return {
    descriptors: descriptors(),
    supervisor: residentBytes(pid),
    workers: childrenOf(pid).reduce((sum, child) => sum + residentBytes(child), 0),
    heap,
  };
}

/** Has every worker collect its garbage, and say what is left. */
async function heapOf(url: string, workers: number): Promise<number> {
  const heaps = new Map<string, number>();
  await until(
    'all workers have said what they hold',
    async () => {
      const ask = async () => {
        const client = new Client(url, WIRES.scgi);
        const { body } = await client.ask('/heap/0').finally(() => client.drop());
        const [who = '', bytes] = body.split(' ');
        heaps.set(who, Number(bytes));
      };
      await Promise.allSettled(Array.from({ length: 2 * workers }, ask));
      return heaps.size >= workers;
    },
    PATIENCE,
  );
  return [...heaps.values()].reduce((sum, bytes) => sum + bytes, 0);
}

function countOf(pid: number): number {
  try {
    return fdCount(pid);
  } catch {
    return 0; // it is gone
  }
}
