// The variables of a request: what of the wire gets in, and the object that holds it.
import { describe, expect, it } from 'vitest';
import { ANSWERER, collectVariables } from '../src/variables.ts';

describe('collectVariables', () => {
  it('makes an object that inherits nothing', () => {
    const variables = collectVariables(['A', '1', 'B', '']);
    const parent = Object.getPrototypeOf(variables);
    expect(Object.getPrototypeOf(parent)).toBeNull();
    expect(Reflect.ownKeys(parent)).toEqual([]);
    expect(variables.A).toBe('1');
    expect(variables.B).toBe('');
    expect(variables.toString).toBeUndefined();
  });

  it('the last of a name that comes twice wins', () => {
    expect(collectVariables(['A', '1', 'B', 'x', 'A', '2']).A).toBe('2');
  });

  it('a name without a value is not taken', () => {
    expect('B' in collectVariables(['A', '1', 'B'])).toBe(false);
  });

  it.each(['__proto__', 'constructor', 'hasOwnProperty', 'toString', 'valueOf'])(
    '%s is a name like others',
    (name) => {
      const variables = collectVariables([name, 'value', 'A', '1']);
      expect(Object.getOwnPropertyDescriptor(variables, name)?.value).toBe('value');
      expect(variables.A).toBe('1');
      expect(({} as Record<string, unknown>).value).toBeUndefined();
    },
  );

  it.each([
    ...['HTTP_PROXY', 'http_proxy', 'HTTP_proxy', 'Http_Proxy', 'hTTp_prOXy'],
    ...['HTTP_content_length', 'http_host', 'HTTP_'],
  ])('%s is no header field that anybody sent', (name) => {
    const variables = collectVariables([name, 'x']);
    expect(variables[name]).toBeUndefined();
    expect(Object.keys(variables).filter((key) => /proxy|^http/i.test(key))).toEqual([]);
  });

  it.each(['HTTP_PROXY_X', 'HTTP_X_PROXY', 'HTTP_PROXY_CONNECTION', 'HTTPS', 'HTTP2'])(
    '%s only looks like it',
    (name) => {
      expect(collectVariables([name, 'x'])[name]).toBe('x');
    },
  );

  it.each([
    ...['wsgi.input', 'wsgi.url_scheme', 'wsgi.version', 'sluice.protocol', 'sluice.signal'],
    ...['', 'A-B', 'A B', 'A=B', 'A\n', '1A', 'CAF\xc9'],
  ])('the name %j is dropped', (name) => {
    const variables = collectVariables([name, 'from the wire', 'A', '1']);
    expect(Object.values(variables)).not.toContain('from the wire');
    expect(variables.A).toBe('1');
  });

  it.each(['CONTENT_LENGTH', 'CONTENT_TYPE'])('%s is left out where it is empty', (name) => {
    expect(name in collectVariables([name, ''])).toBe(false);
    expect(collectVariables([name, '7'])[name]).toBe('7');
  });

  it('a request with other names at the same places is not taken for the one before', () => {
    for (let round = 0; round < 2; round++) {
      expect(Object.keys(collectVariables(['A', '1', 'HTTP_B', '2']))).toContain('HTTP_B');
      expect(collectVariables(['HTTP_PROXY', '1', 'A', '2']).HTTP_PROXY).toBeUndefined();
      expect(collectVariables(['HTTP_B', '1', 'HTTP_B', '2']).HTTP_B).toBe('1, 2');
    }
  });

  it('values are taken as they are', () => {
    const value = String.fromCharCode(...Array(256).keys());
    expect(collectVariables(['A', value]).A).toBe(value);
  });

  it('sluice.signal asks whoever answers, when it is read', () => {
    const variables = collectVariables([]) as Record<string | symbol, unknown>;
    expect(variables['sluice.signal']).toBeUndefined();
    let asked = 0;
    const { signal } = new AbortController();
    variables[ANSWERER] = {
      get signal() {
        asked++;
        return signal;
      },
    };
    expect(asked).toBe(0);
    expect(variables['sluice.signal']).toBe(signal);
    expect(asked).toBe(1);
  });

  it('a copy has the signal that the original has', () => {
    const variables = collectVariables([]) as Record<string | symbol, unknown>;
    const { signal } = new AbortController();
    variables[ANSWERER] = { signal };
    expect({ ...variables }['sluice.signal']).toBe(signal);
  });
});
