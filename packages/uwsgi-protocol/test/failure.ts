// The error that an action must end in.
import { ProtocolError } from '@sluice/protocol';
import { expect } from 'vitest';

/** Runs what must be refused; returns how. */
export function failure(action: () => unknown): ProtocolError {
  try {
    action();
  } catch (error) {
    expect(error).toBeInstanceOf(ProtocolError);
    return error as ProtocolError;
  }
  throw new Error('nothing was refused');
}
