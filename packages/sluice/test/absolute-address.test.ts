// Names that keep their meaning in another folder, and what of them may be shown.
import { describe, expect, it } from 'vitest';
import { absoluteAddress } from '../src/addresses/absolute-address.ts';
import { absoluteName, folderOf } from '../src/loading/application.ts';
import { hideSecrets } from '../src/options/hide-secrets.ts';

describe('absoluteAddress', () => {
  it.each([
    ['scgi+unix:a.sock', 'scgi+unix:/srv/a.sock'],
    ['scgi+unix:../a.sock?mode=600', 'scgi+unix:/a.sock?mode=600'],
    ['scgi+unix:/run/a.sock', 'scgi+unix:/run/a.sock'],
    ['scgi+unix:///run/a.sock', 'scgi+unix:///run/a.sock'],
    ['scgi://127.0.0.1:1', 'scgi://127.0.0.1:1'],
    ['scgi+fd:0', 'scgi+fd:0'],
    ['scgi+systemd:a', 'scgi+systemd:a'],
    ['cgi:./bin/', 'cgi:/srv/bin/'],
    ['cgi:/bin/x', 'cgi:/bin/x'],
    ['ajp://h:1?a=b&secretFile=x%20y', 'ajp://h:1?a=b&secretFile=%2Fsrv%2Fx%20y'],
    ['ajp://h:1?secretFile=/x', 'ajp://h:1?secretFile=/x'],
    ['not an address', 'not an address'],
  ])('%s', (address, expected) => {
    expect(absoluteAddress(address, '/srv')).toBe(expected);
  });
});

describe('absoluteName', () => {
  it.each([
    ['app.js', '/srv/app.js', '/srv'],
    ['./x/app.js:name', '/srv/x/app.js:name', '/srv/x'],
    ['config:site.ini', 'config:/srv/site.ini#main', '/srv'],
    ['config:x/site.ini#a', 'config:/srv/x/site.ini#a', '/srv/x'],
    ['demo', 'demo', undefined],
    ['scgi+unix:a', 'scgi+unix:/srv/a', undefined],
  ])('%s', (name, expected, folder) => {
    const absolute = absoluteName(name, '/srv');
    expect([absolute, folderOf(absolute)]).toEqual([expected, folder]);
  });
});

describe('hideSecrets', () => {
  it.each([
    ['ajp://h:1?secret=abc&peer=x', 'ajp://h:1?secret=***&peer=x'],
    [
      ['ajp://h:1?a=b&secret=abc', 'x'],
      ['ajp://h:1?a=b&secret=***', 'x'],
    ],
    ['ajp://h:1?secretFile=/x', 'ajp://h:1?secretFile=/x'],
    [
      { DB_PASSWORD: 'x', API_KEY: 'x', HTTPS: 'on' },
      { DB_PASSWORD: '***', API_KEY: '***', HTTPS: 'on' },
    ],
    [null, null],
    [5, 5],
  ])('%j', (value, expected) => {
    expect(hideSecrets(value)).toEqual(expected);
  });
});
