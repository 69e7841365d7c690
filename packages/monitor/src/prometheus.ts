// A status for Prometheus: its text exposition format, version 0.0.4.
import type { ServerStatus, WorkerStatus } from './statistics.ts';

/** The Content-Type of {@link prometheusText}. */
export const PROMETHEUS_TYPE = 'text/plain; version=0.0.4; charset=utf-8';

type Labels = Readonly<Record<string, string>>;
type Sample = readonly [labels: Labels, value: number];

interface Metric {
  readonly name: string;
  readonly type: 'counter' | 'gauge';
  readonly help: string;
  readonly samples: readonly Sample[];
}

const STATES = [
  'starting',
  'idle',
  'busy',
  'leaving',
  'silent',
] as const satisfies readonly WorkerStatus['state'][];

/** A status in the text format of Prometheus. Metrics of workers have the label `worker`, their name. */
export function prometheusText(status: ServerStatus): string {
  return [...ofServer(status), ...ofWorkers(status.workers)].map(written).join('');
}

function ofServer(status: ServerStatus): Metric[] {
  const { version, concurrency } = status;
  return [
    gauge('info', 'Version and concurrency model, always 1', [[{ version, concurrency }, 1]]),
    gauge('start_time_seconds', 'When the server was started, since the epoch', [
      [{}, status.since / 1000],
    ]),
    gauge(
      'workers',
      'Workers that are there, by state',
      STATES.map((state) => [
        { state },
        status.workers.filter((worker) => worker.state === state).length,
      ]),
    ),
    gauge('workers_wanted', 'Workers that shall be there', [[{}, status.size]]),
    counter('worker_restarts', 'Workers that were lost and replaced', [[{}, status.restarts]]),
    counter('reloads', 'Times that all workers were replaced on request', [[{}, status.reloads]]),
  ];
}

function ofWorkers(workers: readonly WorkerStatus[]): Metric[] {
  const each = (value: (worker: WorkerStatus) => number): Sample[] =>
    workers.map((worker) => [{ worker: worker.name }, value(worker)]);
  const running = workers.filter(({ current }) => current.length > 0);
  return [
    counter(
      'requests',
      'Requests that have ended',
      each(({ requests }) => requests),
    ),
    counter(
      'refused_requests',
      'Requests that were refused since there were too many',
      each(({ refused }) => refused),
    ),
    gauge(
      'active_requests',
      'Requests that are being answered',
      each(({ active }) => active),
    ),
    gauge(
      'waiting_requests',
      'Requests that wait for their turn',
      each(({ waiting }) => waiting),
    ),
    gauge(
      'oldest_request_start_time_seconds',
      'When the request that runs longest came, since the epoch; absent when none runs',
      running.map(({ name, current }) => [
        { worker: name },
        Math.min(...current.map(({ since }) => since)) / 1000,
      ]),
    ),
    gauge(
      'worker_start_time_seconds',
      'When the worker was started, since the epoch',
      each(({ since }) => since / 1000),
    ),
    gauge(
      'worker_resident_bytes',
      "Resident memory of the worker's process, which threads share",
      each(({ rss }) => rss),
    ),
    gauge(
      'worker_heap_bytes',
      'JavaScript heap in use',
      each(({ heap }) => heap),
    ),
  ];
}

function gauge(name: string, help: string, samples: readonly Sample[]): Metric {
  return { name: `sluice_${name}`, type: 'gauge', help, samples };
}

function counter(name: string, help: string, samples: readonly Sample[]): Metric {
  return { name: `sluice_${name}_total`, type: 'counter', help, samples };
}

function written({ name, type, help, samples }: Metric): string {
  const lines = samples.map(([labels, value]) => `${name}${writtenLabels(labels)} ${value}\n`);
  return `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n${lines.join('')}`;
}

function writtenLabels(labels: Labels): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${escapeLabel(value)}"`);
  return pairs.length === 0 ? '' : `{${pairs.join(',')}}`;
}

/** Three characters have a meaning in a label value. */
function escapeLabel(value: string): string {
  return value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
}
