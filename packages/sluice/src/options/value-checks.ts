// What has to hold of values whose type does not say it: lists of peers, objects, functions.
import { AllowList, DEFAULT_LIMITS } from '@sluice/front-ends';
import { suggest } from '../suggest.ts';

/** Peers: addresses and networks. */
export function wrongPeers(peers: readonly string[]): string | undefined {
  try {
    new AllowList(peers);
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}

/** Variables of requests: texts by name. */
export function wrongVariables(variables: unknown): string | undefined {
  if (!isRecord(variables)) return `it has to be an object of texts, not ${shown(variables)}`;
  const wrong = Object.entries(variables).find(([, value]) => typeof value !== 'string');
  return wrong && `${wrong[0]} has to be a text, not ${shown(wrong[1])}`;
}

/** Limits: milliseconds and bytes by name. */
export function wrongLimits(limits: unknown): string | undefined {
  if (!isRecord(limits)) return `it has to be an object of numbers, not ${shown(limits)}`;
  for (const [name, value] of Object.entries(limits)) {
    if (!Object.hasOwn(DEFAULT_LIMITS, name))
      return `there is no limit ${name}${suggest(name, Object.keys(DEFAULT_LIMITS))}`;
    if (value !== undefined && !(Number.isSafeInteger(value) && (value as number) >= 0))
      return `${name} has to be a whole number, not ${shown(value)}`;
  }
  return undefined;
}

/** A function. */
export function wrongFunction(value: unknown): string | undefined {
  return typeof value === 'function' ? undefined : `it has to be a function, not ${shown(value)}`;
}

/** An AbortSignal, of whichever realm. */
export function wrongSignal(value: unknown): string | undefined {
  const { aborted, addEventListener } = (value ?? {}) as Partial<AbortSignal>;
  const isSignal = typeof aborted === 'boolean' && typeof addEventListener === 'function';
  return isSignal ? undefined : `it has to be an AbortSignal, not ${shown(value)}`;
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function shown(value: unknown): string {
  return typeof value === 'function' ? 'a function' : (JSON.stringify(value) ?? String(value));
}
