// Addresses of sockets that systemd has opened, as addresses of the descriptors that they are.
import { SystemdSockets } from '@sluice/concurrency';
import { OptionError } from '@sluice/protocol';
import { parseAddress } from './address-url.ts';

let passed: SystemdSockets | undefined; // systemd tells once

/**
 * Puts `scheme+fd:N` for each `scheme+systemd:NAME`: as many as there are sockets of that name.
 *
 * @param listen - addresses as a person wrote them; others stay as they are
 * @param take - takes the sockets out of the environment
 * @throws OptionError `ERR_LISTEN_ADDRESS` listing the names that there are, `ERR_OPTION_ADDRESS` for a socket that is named twice
 */
export function resolveSystemd(
  listen: readonly string[],
  take = () => SystemdSockets.take(process.env, process.pid),
): readonly string[] {
  const users = new Map<number, string>();
  return listen.flatMap((text) => {
    const url = parseAddress(text);
    if (url.place.type !== 'systemd') return [text];
    passed ??= take();
    return descriptorsOf(passed, url.text, url.place.name).map((fd) => {
      const other = users.get(fd);
      if (other !== undefined) {
        throw new OptionError(
          'ERR_OPTION_ADDRESS',
          `${other} and ${url.text} are the same socket: one listener for each`,
        );
      }
      users.set(fd, url.text);
      const options = text.slice(url.text.length);
      return `${url.protocol}+fd:${fd}${options}`;
    });
  });
}

function descriptorsOf(sockets: SystemdSockets, text: string, name: string): readonly number[] {
  try {
    return sockets.descriptorsOf(name);
  } catch (error) {
    if (!(error instanceof OptionError)) throw error;
    throw new OptionError(error.code, `${text}: ${error.message}`, error);
  }
}
