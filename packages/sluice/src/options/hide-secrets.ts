// What may be shown of options: everything but secrets.

const SECRET = /((?:^|[?&])secret=)[^&\s]*/gi;
const SECRET_NAME = /secret|password|passwd|token|credential|api_?key|private_?key/i;

/** A value without the secrets of addresses, and without those variables whose name says that they are secret. */
export function hideSecrets(value: unknown): unknown {
  if (typeof value === 'string') return value.replace(SECRET, '$1***');
  if (Array.isArray(value)) return value.map(hideSecrets);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, entry]) => [
      name,
      SECRET_NAME.test(name) ? '***' : hideSecrets(entry),
    ]),
  );
}
