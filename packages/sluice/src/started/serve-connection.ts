// An application on the one connection that a process was started for.
import {
  DEFAULT_LIMITS,
  type FrontEnd,
  type Limits,
  type ListenerOptions,
  type ProcessSite,
} from '@sluice/front-ends';
import {
  type Application,
  type ApplicationClass,
  Gateway,
  type GatewayOptions,
  printable,
  stderrLog,
} from '@sluice/gateway';
import { leaveSoon } from './leave-soon.ts';

/** How a connection is served. */
interface ConnectionOptions {
  readonly options?: GatewayOptions;
  readonly limits?: Partial<Limits>;
  /** Options of the protocol. */
  readonly settings?: ListenerOptions;
  readonly stderr: ProcessSite['stderr'];
}

/** Serves the connection on the standard streams, and ends the process. */
export async function serveConnection(
  frontEnd: FrontEnd,
  application: Application | ApplicationClass,
  { options = {}, limits = {}, settings = {}, stderr }: ConnectionOptions,
): Promise<void> {
  process.on('uncaughtException', (error) => {
    stderrLog('error', (error.stack ?? error.message).split('\n').map(printable).join('\n    '));
    process.exit(1);
  });
  // inetd runs as many processes as there are connections, each for one.
  const gateway = new Gateway(application, { ...options, multiprocess: true, runOnce: true });
  const site = { gateway, log: gateway.log, allow: undefined, trust: undefined, options: settings };
  await frontEnd.serveProcess({ ...site, limits: { ...DEFAULT_LIMITS, ...limits }, stderr });
  leaveSoon();
}
