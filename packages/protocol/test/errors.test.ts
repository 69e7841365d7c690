// The error tree.
import { describe, expect, it, vi } from 'vitest';
import {
  BackEndError,
  GatewayError,
  OptionError,
  ProtocolError,
  SluiceError,
} from '../src/errors.ts';

describe('the error tree', () => {
  it.each([
    ['SluiceError', new SluiceError('ERR_X', 'what')],
    ['ProtocolError', new ProtocolError('ERR_X', 'what')],
    ['GatewayError', new GatewayError('ERR_X', 'what')],
    ['BackEndError', new BackEndError('ERR_X', 'what', 502)],
    ['OptionError', new OptionError('ERR_X', 'what')],
  ])('%s has a code, a message and its own name', (name, error) => {
    expect(error).toBeInstanceOf(SluiceError);
    expect(error).toBeInstanceOf(Error);
    expect(error).toMatchObject({ name, code: 'ERR_X', message: 'what' });
    expect(error.stack).toContain('what');
    expect('cause' in error).toBe(false);
  });

  it('keeps the failure behind it', () => {
    const cause = new TypeError('deep');
    expect(new SluiceError('ERR_X', 'what', cause).cause).toBe(cause);
    expect(new GatewayError('ERR_X', 'what', cause).cause).toBe(cause);
    expect(new OptionError('ERR_X', 'what', cause).cause).toBe(cause);
    expect(new ProtocolError('ERR_X', 'what', { cause }).cause).toBe(cause);
    expect(new BackEndError('ERR_X', 'what', 504, cause).cause).toBe(cause);
    expect(new SluiceError('ERR_X', 'what', null).cause).toBeNull();
  });

  it('blames the peer unless told otherwise', () => {
    expect(new ProtocolError('ERR_X', 'what')).toMatchObject({
      blame: 'remote',
      statusHint: undefined,
    });
    expect(new ProtocolError('ERR_X', 'what', { blame: 'local', statusHint: 431 })).toMatchObject({
      blame: 'local',
      statusHint: 431,
    });
  });

  it('tells the client what a back-end did', () => {
    expect(new BackEndError('ERR_X', 'what', 504).statusHint).toBe(504);
  });

  it('knows errors of another copy of itself, as bundles have one', async () => {
    vi.resetModules();
    const other = await import('../src/errors.ts');
    const mistake = new other.OptionError('ERR_X', 'what');
    expect(Object.getPrototypeOf(mistake)).not.toBe(OptionError.prototype);
    expect(mistake).toBeInstanceOf(SluiceError);
    expect(mistake).toBeInstanceOf(OptionError);
    expect(mistake).not.toBeInstanceOf(ProtocolError);
    expect(new other.ProtocolError('ERR_X', 'what')).toBeInstanceOf(ProtocolError);
    class Own extends OptionError {}
    expect(new Own('ERR_X', 'what')).toBeInstanceOf(OptionError);
    expect(mistake).not.toBeInstanceOf(Own);
    for (const no of [new Error('x'), { name: 'OptionError' }, null, undefined, 'x', Own])
      expect(no).not.toBeInstanceOf(OptionError);
  });
});
