// host, port, socket and the options of a protocol in [server:NAME], as addresses.
import { describe, expect, it } from 'vitest';
import { readServer as read, server } from './paste-reader.ts';

describe('addresses', () => {
  const scgi = 'use = egg:sluice#scgi_fork';

  it.each([
    [[scgi], 'scgi://127.0.0.1'],
    [[scgi, 'host = localhost'], 'scgi://localhost'],
    [[scgi, 'host = ::1', 'port = 4000'], 'scgi://[::1]:4000'],
    [[scgi, 'host = [::1]', 'port = 4000'], 'scgi://[::1]:4000'],
    [[scgi, 'port = 4000'], 'scgi://127.0.0.1:4000'],
    [[scgi, 'socket = /run/a.sock'], 'scgi+unix:/run/a.sock'],
    [[scgi, 'socket = a.sock'], 'scgi+unix:HERE/a.sock'],
    [[scgi, 'socket = %(here)s/a.sock', 'mode = 600'], 'scgi+unix:HERE/a.sock?mode=600'],
    [[scgi, 'port = 1', 'proxyProtocol = true'], 'scgi://127.0.0.1:1?proxyProtocol=yes'],
    [['use = egg:flup#fcgi'], 'fastcgi+fd:0'], // the web server has opened it
    [
      ['use = egg:flup#fcgi', 'port = 1', 'multiplexed = off'],
      'fastcgi://127.0.0.1:1?multiplexed=no',
    ],
    [['use = egg:flup#fcgi', 'multiplexed = true'], 'fastcgi+fd:0?multiplexed=yes'],
    [['use = egg:flup#ajp', 'secret = a&b c'], 'ajp://127.0.0.1?secret=a%26b%20c'],
    [
      ['use = egg:flup#ajp', 'secretFile = my.secret'],
      'ajp://127.0.0.1?secretFile=HERE%2Fmy.secret',
    ],
    [
      ['listen = http://127.0.0.1:1', '  scgi+unix:a.sock?allow=1.1.1.1,::1'],
      'http://127.0.0.1:1 scgi+unix:HERE/a.sock?allow=1.1.1.1,::1',
    ],
    [[], 'http://127.0.0.1:8000'],
  ])('%j', async (lines, listen) => {
    const { options, mistakes, folder } = await read(server(...lines));
    expect(mistakes).toEqual([]);
    const expected = listen.replaceAll('HERE%2F', encodeURIComponent(`${folder}/`));
    expect(options.listen.join(' ')).toBe(expected.replaceAll('HERE', folder));
  });

  it.each([
    [
      [scgi, 'socket = a', 'port = 1'],
      'site.ini:4: option port and site.ini:3: option socket: one of them is enough',
    ],
    [
      [scgi, 'port = http'],
      'site.ini:3: option port cannot be "http": it has to be a number up to 65535',
    ],
    [[scgi, 'port = 65536'], 'site.ini:3: option port cannot be "65536"'],
    [[scgi, 'host = a/b'], 'site.ini:3: option host cannot be "a/b"'],
    [[scgi, 'host ='], 'site.ini:3: option host cannot be ""'],
    [[scgi, 'socket ='], 'site.ini:3: option socket has to be a path'],
    [['port = 1'], 'site.ini:2: option port needs a protocol: use = egg:sluice#scgi'],
    [
      ['listen = scgi://h:1', scgi],
      'site.ini:3: option use and site.ini:2: option listen: both say the protocol',
    ],
    [
      [scgi, 'concurrency = thread'],
      'site.ini:2: option use and site.ini:3: option concurrency are the same',
    ],
    [[scgi, 'multiplexed = yes'], 'site.ini:3: there is no option multiplexed'],
  ])('%j is refused', async (lines, message) => {
    const { mistakes } = await read(server(...lines));
    expect(mistakes).toEqual([expect.stringContaining(message)]);
  });
});
