// Everything about the options of a server that shows without binding, opening or starting anything.
import { resolve } from 'node:path';
import { privilegePreload } from '@sluice/concurrency';
import { AccessLog } from '@sluice/monitor';
import { OptionError } from '@sluice/protocol';
import { attempt } from '../config/attempt.ts';
import { planStats } from '../control/stats-listener.ts';
import type { CommandOptions } from '../options/command-options.ts';
import { nameOption, placed } from '../options/origin.ts';
import type { Report, Resolved } from '../options/resolve.ts';
import { checkListeners } from './check-listeners.ts';
import { whyNotEntered, whyNotListened, whyNotWritten } from './check-paths.ts';

const STREAMS = ['-', 'stdout', 'stderr'];

/**
 * Checks addresses, files, folders, accounts and formats.
 *
 * @param resolved - options that are right each by itself
 * @param report - takes mistakes
 * @param warn - takes what an operator should know
 */
export async function checkServer(
  resolved: Resolved<CommandOptions>,
  report: Report,
  warn: (line: string) => void,
): Promise<void> {
  const { options } = resolved;
  await checkListeners(resolved, report, warn);
  const at = (name: keyof CommandOptions): Report => placedReport(resolved, name, report);
  const { stats } = options;
  if (stats !== undefined) await attempt(at('stats'), () => planStats(stats));
  await attempt(
    at('accessLogFormat'),
    () => new AccessLog(options.accessLogFormat, { write() {} }),
  );
  await attempt(at(options.user === undefined ? 'group' : 'user'), () => privilegePreload(options));
  checkPaths(resolved, report);
}

/** Puts the place of an option in front of what is wrong with it. */
function placedReport(
  { origins }: Resolved<CommandOptions>,
  name: keyof CommandOptions,
  report: Report,
): Report {
  return (mistake) =>
    report(new OptionError(mistake.code, placed(mistake.message, origins.get(name)), mistake));
}

/** Checks files and folders, synchronously and cheaply. */
export function checkPaths({ options, origins }: Resolved<CommandOptions>, report: Report): void {
  const written = ['accessLog', 'errorLog', 'outlog', 'errlog', 'pidfile'] as const;
  const checks = [
    ...written.map((name) => [name, whyNotWritten] as const),
    ['control', whyNotListened] as const,
    ['workdir', whyNotEntered] as const,
  ];
  for (const [name, check] of checks) {
    const path = options[name];
    const origin = origins.get(name);
    if (path === undefined || !origin || STREAMS.includes(path)) continue;
    const why = check(resolve(path));
    if (why !== undefined)
      report(new OptionError('ERR_OPTION_VALUE', `${nameOption(name, origin)}: ${why}`));
  }
}
