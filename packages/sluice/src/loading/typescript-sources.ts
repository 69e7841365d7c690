// What to do where Node.js does not read a TypeScript source, or not this one.

/**
 * What is wrong with a TypeScript source that could not be imported.
 *
 * @param error - what importing it threw
 * @param features - of the runtime: what it makes of types
 * @returns undefined when the error is another one
 */
export function typescriptMistake(
  error: unknown,
  features: { readonly typescript?: string | false } = process.features as object,
): string | undefined {
  const { code, message = '' } = (error ?? {}) as NodeJS.ErrnoException;
  const node = `Node.js ${process.versions.node}`;
  if (code === 'ERR_UNSUPPORTED_TYPESCRIPT_SYNTAX' && features.typescript === 'strip')
    return `${message}\n${node} only leaves types out. What becomes code, as enums do, is read with NODE_OPTIONS=--experimental-transform-types, or by a loader: ${LOADER}`;
  if (code !== 'ERR_UNKNOWN_FILE_EXTENSION') return undefined;
  const [, file = '', kind] = / for (.*(\.[cm]?ts|\.tsx|\.jsx))$/s.exec(message) ?? [];
  if (kind === undefined) return undefined;
  if (kind.endsWith('x')) return `${file}: ${node} reads no ${kind}; a loader does: ${LOADER}`;
  return `${file}: ${node} reads no TypeScript. ${strips()}22.18, 23.6 and later do, and with a loader any does: ${LOADER}`;
}

/** Whoever has a Node.js that could do it is told how. */
function strips(): string {
  const canStrip = process.allowedNodeEnvironmentFlags.has('--experimental-strip-types');
  return canStrip ? 'It does with NODE_OPTIONS=--experimental-strip-types; ' : '';
}

const LOADER = "npm install tsx, and NODE_OPTIONS='--import tsx'";
