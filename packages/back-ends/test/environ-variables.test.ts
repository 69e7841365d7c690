// Which part of an environ travels to another server.
import { describe, expect, it } from 'vitest';
import { wireVariables, withoutSendfile } from '../src/environ-variables.ts';

describe('wireVariables', () => {
  it('takes strings under names in capitals, in their order', () => {
    const environ = {
      REQUEST_METHOD: 'GET',
      PATH_INFO: '',
      _X1: '1',
      'wsgi.version': '1',
      lower: 'a',
    };
    expect(wireVariables(environ)).toEqual(['REQUEST_METHOD', 'GET', 'PATH_INFO', '', '_X1', '1']);
  });

  it('leaves out what is no string', () => {
    expect(wireVariables({ A: 1, B: true, C: undefined, D: null, E: {}, F: ['x'] })).toEqual([]);
  });

  it.each(['1A', 'A-B', 'A.B', 'A B', 'A=B', 'A\0', 'É', '', 'HTTP_proxy'])(
    'leaves out %j, which is no name of a variable',
    (name) => {
      expect(wireVariables({ [name]: 'value' })).toEqual([]);
    },
  );

  it.each(['HTTP_PROXY', 'HTTP_CONTENT_LENGTH', 'HTTP_CONTENT_TYPE'])('leaves out %s', (name) => {
    expect(wireVariables({ [name]: 'value' })).toEqual([]);
    expect(wireVariables({ [`${name}_X`]: 'value' })).toEqual([`${name}_X`, 'value']);
  });

  it('keeps the bytes of a value', () => {
    const value = Array.from({ length: 256 }, (_, byte) => String.fromCharCode(byte)).join('');
    expect(wireVariables({ X: value })).toEqual(['X', value]);
  });
});

describe('withoutSendfile', () => {
  it.each([
    'X-Sendfile',
    'x-sendfile',
    'X-Sendfile2',
    'X-Accel-Redirect',
    'X-LIGHTTPD-send-file',
    'X-LIGHTTPD-send-tempfile',
  ])('drops %s', (name) => {
    expect(withoutSendfile([[name, '/etc/passwd']])).toEqual([]);
  });

  it('keeps everything else', () => {
    const headers: [string, string][] = [
      ['Content-Type', 'text/plain'],
      ['X-Accel-Buffering', 'no'],
      ['X-Send', 'file'],
      ['Not-X-Sendfile', '1'],
    ];
    expect(withoutSendfile(headers)).toEqual(headers);
  });
});
