// Whether the addresses of a server could be listened at.
import { isIPv4 } from 'node:net';
import { networkInterfaces } from 'node:os';
import { type Address, refuseTwins } from '@sluice/concurrency';
import { OptionError } from '@sluice/protocol';
import { type AddressUrl, parseAddress, settingsOf } from '../addresses/address-url.ts';
import { attempt } from '../config/attempt.ts';
import type { CommandOptions } from '../options/command-options.ts';
import { placed } from '../options/origin.ts';
import type { Report, Resolved } from '../options/resolve.ts';
import { PROTOCOLS } from '../registry.ts';
import { planListener } from '../serving/listeners.ts';
import { whyNotListened } from './check-paths.ts';

/**
 * Checks addresses, with the options behind them.
 *
 * @param resolved - the options
 * @param report - takes mistakes
 * @param warn - takes what an operator should know
 */
export async function checkListeners(
  { options, origins }: Resolved<CommandOptions>,
  report: Report,
  warn: (line: string) => void,
): Promise<void> {
  const origin = origins.get('listen');
  const placedReport: Report = ({ code, message }) =>
    report(new OptionError(code, placed(message, origin)));
  const planned: { text: string; address: Address }[] = [];
  if (options.listen.length === 0)
    placedReport(
      new OptionError('ERR_OPTION_VALUE', 'option listen is empty: name at least one address'),
    );
  for (const text of options.listen) {
    await attempt(placedReport, async () => {
      const url = parseAddress(text);
      if (url.place.type === 'stdio') await checkStdio(url, options);
      else {
        const { address } = await planListener(passedLater(text, url), options, warn);
        checkPlace(url.text, address);
        planned.push({ text: url.text, address });
      }
    });
  }
  const opened = planned.filter(({ address }) => address.type !== 'fd'); // who passes descriptors knows them
  await attempt(placedReport, () =>
    refuseTwins(
      opened.map(({ address }) => address),
      opened.map(({ text }) => text),
    ),
  );
}

async function checkStdio(url: AddressUrl, { listen }: CommandOptions): Promise<void> {
  const { options, checkOptions } = await PROTOCOLS[url.protocol].frontEnd();
  checkOptions?.(settingsOf(url, options, ['stderr']), false);
  if (listen.length > 1) {
    throw new OptionError(
      'ERR_OPTION_VALUE',
      `${url.text} is one connection that is open already; nothing else can be listened at beside it`,
    );
  }
}

/** systemd passes its sockets when it starts the server: until then they are descriptors like any other. */
function passedLater(text: string, { place, protocol, text: body }: AddressUrl): string {
  return place.type === 'systemd' ? `${protocol}+fd:3${text.slice(body.length)}` : text;
}

function checkPlace(text: string, address: Address): void {
  if (address.type === 'unix') {
    const why = whyNotListened(address.path);
    if (why !== undefined) throw new OptionError('ERR_OPTION_ADDRESS', `${text}: ${why}`);
  }
  if (address.type === 'tcp' && !isOurs(address.host)) {
    throw new OptionError(
      'ERR_OPTION_ADDRESS',
      `${text}: this machine has no such address; 0.0.0.0 and [::] are all that it has`,
    );
  }
}

function isOurs(host: string): boolean {
  if (host === '0.0.0.0' || host === '::' || (isIPv4(host) && host.startsWith('127.'))) return true;
  const own = Object.values(networkInterfaces()).flatMap((each) => each ?? []);
  return own.some(({ address }) => address === host.replace(/%.*$/, ''));
}
