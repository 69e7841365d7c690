// Addresses that keep their meaning in another folder.
import { resolve } from 'node:path';

/** An address whose files (a Unix socket, a script, `secretFile`) are named by absolute paths. */
export function absoluteAddress(address: string, folder: string): string {
  const [place = '', ...query] = address.split('?');
  const absolute = place.replace(
    /^([a-z][a-z0-9]*(?:\+unix:(?!\/)|:(?=\.)))(.+)$/i,
    (_, scheme: string, path: string) =>
      `${scheme}${resolve(folder, path)}${path.endsWith('/') ? '/' : ''}`,
  );
  if (query.length === 0) return absolute;
  const options = query
    .join('?')
    .replace(
      /(^|&)secretFile=(?!%2F|\/)([^&]+)/gi,
      (_, before: string, file: string) =>
        `${before}secretFile=${encodeURIComponent(resolve(folder, decodeURIComponent(file)))}`,
    );
  return `${absolute}?${options}`;
}
