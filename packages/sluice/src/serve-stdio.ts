// One connection on the standard streams, as inetd starts programs. Starts for every request: nothing
// is loaded that this does not need.
import { DEFAULT_LIMITS, guardStdout, type Limits } from '@sluice/front-ends';
import { Gateway, type GatewayOptions, printable, stderrLog } from '@sluice/gateway';
import { type AddressUrl, settingsOf } from './address-url.ts';
import { loadApplication } from './application.ts';
import { leaveSoon } from './leave-soon.ts';
import { PROTOCOLS } from './registry.ts';

/** Serves the connection that the process was started for, and ends the process. */
export async function serveStdio(
  application: string,
  address: AddressUrl,
  options: GatewayOptions = {},
  limits: Partial<Limits> = {},
): Promise<void> {
  const stderr = address.query.get('stderr') ?? undefined;
  guardStdout();
  const [loaded, frontEnd] = await Promise.all([
    loadApplication(application),
    PROTOCOLS[address.protocol].frontEnd(),
  ]);
  const settings = settingsOf(address, frontEnd.options, ['stderr']);
  frontEnd.checkOptions?.(settings, false);
  process.on('uncaughtException', (error) => {
    stderrLog('error', (error.stack ?? error.message).split('\n').map(printable).join('\n    '));
    process.exit(1);
  });
  // inetd runs as many processes as there are connections, each for one.
  const gateway = new Gateway(loaded, { ...options, multiprocess: true, runOnce: true });
  const site = { gateway, log: gateway.log, allow: undefined, trust: undefined, options: settings };
  await frontEnd.serveProcess({ ...site, limits: { ...DEFAULT_LIMITS, ...limits }, stderr });
  leaveSoon();
}
