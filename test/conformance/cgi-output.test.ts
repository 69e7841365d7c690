// CGI scripts: what becomes of what they say, and of those that do not end.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { CgiBin } from './support/cgi-bin.ts';
import { type Peer, peerFor } from './support/peer.ts';
import { childrenOf, isAlive } from './support/processes.ts';
import { scgiRequest } from './support/scgi.ts';
import { until } from './support/until.ts';

const OK = 'printf "Content-Type: text/plain\\r\\n\\r\\n"';

/** A script that prints a text as it is. */
const says = (text: string) =>
  `printf '${text.replaceAll("'", "'\\''").replaceAll('\n', '\\n').replaceAll('\r', '\\r')}'`;

describe('output', () => {
  it.each([
    ['LF alone', 'Content-Type: text/plain\n\nhi', 200, 'hi'],
    ['a status', 'Status: 404 Not Found\r\nContent-Type: text/plain\r\n\r\nx', 404, 'x'],
    ['a status without a reason', 'Status: 201\r\nContent-Type: text/plain\r\n\r\nok', 201, 'ok'],
    ['no blank behind the colon', 'content-type:text/html\n\nx', 200, 'x'],
    [
      'an HTTP status line',
      'HTTP/1.1 404 Not Found\r\nContent-Type: text/plain\r\n\r\nx',
      404,
      'x',
    ],
    ['a redirect', 'Location: http://ex.org/\r\n\r\n', 302, ''],
    ['a redirect with a status', 'Status: 303 See Other\r\nLocation: /done\r\n\r\n', 303, ''],
    ['204', 'Status: 204 No Content\r\n\r\n', 204, ''],
    [
      'more than its Content-Length',
      'Content-Type: a/b\r\nContent-Length: 2\r\n\r\nhiXX',
      200,
      'hi',
    ],
  ])('%s', async (_, text, status, body) => {
    const bin = new CgiBin({ 'a.sh': says(text) });
    await bin.serve();
    expect(await bin.ask('/a.sh')).toMatchObject({ status, body });
  });

  it.each([
    ['nothing', ''],
    ['a failure', 'exit 1'],
    ['half a head', says('Content-Type: text/plain\n')],
    ['a line without a colon', says('Content-Type: text/plain\nnonsense\n\nx')],
    ['an empty name', says(': x\n\nx')],
    ['a name with a blank', says('X A: b\n\nx')],
    ['a blank before the colon', says('X-A : b\n\nx')],
    ['a folded line', says('X-A: b\n c\n\nx')],
    ['a CR in a value', says('X-A: b\rX-B: c\n\nx')],
    ['two Status', says('Status: 200 OK\nStatus: 404 No\n\nx')],
    ['two Location', says('Location: http://a/\nLocation: http://b/\n\n')],
    ['two Content-Type', says('Content-Type: a/b\nContent-Type: c/d\n\nx')],
    ['Status abc', says('Status: abc\n\nx')],
    ['Status 99', says('Status: 99 x\n\nx')],
    ['Status 1000', says('Status: 1000 x\n\nx')],
    ['Status 100', says('Status: 100 Continue\n\nx')],
    ['Status 101', says('Status: 101 Switching\n\nx')],
    ['two Content-Length', says('Content-Length: 1\nContent-Length: 2\n\nx')],
    ['Content-Length +1', says('Content-Length: +1\n\nx')],
    ['Transfer-Encoding', says('Transfer-Encoding: chunked\nContent-Type: a/b\n\n0\n\n')],
    ['a head of 70 KB', `${says('X-A: ')}; head -c 70000 /dev/zero | tr '\\0' a; ${says('\n\n')}`],
    ['a head without end', "yes 'X-A: b' 2>/dev/null"],
    ['binary bytes', 'head -c 5000 /dev/urandom'],
  ])('%s: 502, and one line in the log', async (_, script) => {
    const bin = new CgiBin({ 'a.sh': script });
    const { log } = await bin.serve();
    const { status, body } = await bin.ask('/a.sh');
    expect(status).toBe(502);
    expect(body).toBe('502 Bad Gateway\n');
    await until('a log line', () => bin.server.log.length > 0);
    expect(bin.server.log).toHaveLength(1);
    expect(log[0] ?? bin.server.log[0]).toMatch(/^[\x20-\x7e]+$/);
    await until('the script is gone', () => childrenOf(bin.server.pid).length === 0, 8000);
  });

  it('an interpreter that is not there: 500, and the log says what to look at', async () => {
    const bin = new CgiBin({ 'a.sh': '#!/no/such/interpreter\n' });
    await bin.serve();
    expect((await bin.ask('/a.sh')).status).toBe(500);
    expect(bin.server.log.join()).toMatch(/interpreter/);
  });

  it('a body that is shorter than its Content-Length never passes for whole', async () => {
    const bin = new CgiBin({ 'a.sh': says('Content-Type: a/b\nContent-Length: 9\n\nhi') });
    await bin.serve();
    const peer = peerFor(bin.server.url);
    await peer.send(scgiRequest({ SCRIPT_NAME: '', PATH_INFO: '/a.sh' }));
    const { answer } = await peer.finish();
    expect(answer).toMatch(/^Status: 502 |\r\nContent-Length: 9\r\n(?:[^\r\n]+\r\n)*\r\nhi$/);
  });

  it('headers: cookies apart, those of the connection and of the server dropped', async () => {
    const text = [
      'Set-Cookie: a=1',
      'Set-Cookie: b=2',
      'X-A: 1',
      'X-A: 2',
      'Connection: close',
      'Keep-Alive: 5',
      'X-CGI-Own: 1',
      'X-Sendfile: /etc/passwd',
      'X-Accel-Redirect: /secret',
      'Content-Type: text/plain',
    ].join('\n');
    const bin = new CgiBin({ 'a.sh': says(`${text}\n\nx`) });
    await bin.serve();
    const { head } = await bin.ask('/a.sh');
    expect(head.match(/^(?:Set-Cookie|X-A): .*$/gm)).toEqual([
      'Set-Cookie: a=1',
      'Set-Cookie: b=2',
      'X-A: 1',
      'X-A: 2',
    ]);
    expect(head).not.toMatch(/connection|keep-alive|x-cgi|sendfile|accel/i);
  });

  describe('local redirects', () => {
    it('are answered by what they lead to, as GET, without a body', async () => {
      const bin = new CgiBin({
        'from.sh': says('Location: /to.sh/x?q=1\n\n'),
        'to.sh': `${OK}\nprintf '%s %s %s %s' "$REQUEST_METHOD" "$PATH_INFO" "$QUERY_STRING" "$(cat | wc -c)"`,
      });
      await bin.serve();
      expect(await bin.ask('/from.sh', { REQUEST_METHOD: 'POST' }, 'body')).toMatchObject({
        status: 200,
        body: 'GET /x q=1 0',
      });
    });

    it('go round at most ten times', async () => {
      const bin = new CgiBin({ 'loop.sh': says('Location: /loop.sh\n\n') });
      await bin.serve();
      expect((await bin.ask('/loop.sh')).status).toBe(508);
    });

    it.each([
      ['outside the mount', 'Location: /elsewhere\n\n', '/cgi'],
      ['with another header', 'Location: /to.sh\nX-A: b\n\n', ''],
      ['with a body', 'Location: /to.sh\n\nx', ''],
      ['to another host', 'Location: //evil.example/x\n\n', ''],
    ])("%s they are the client's", async (_, text, mount) => {
      const bin = new CgiBin({ 'from.sh': says(text), 'to.sh': `${OK}\necho followed` });
      await bin.serve();
      const { status, head, body } = await bin.ask('/from.sh', { SCRIPT_NAME: mount });
      expect(status).toBe(302);
      expect(head).toMatch(/^Location: \//m);
      expect(body).not.toContain('followed');
    });

    it('never leave the jail', async () => {
      const bin = new CgiBin({ 'from.sh': says('Location: /../outside.sh\n\n') });
      bin.write(join(bin.parent, 'outside.sh'), `${OK}\necho outside`);
      await bin.serve();
      const { status, body } = await bin.ask('/from.sh');
      expect([302, 403, 404]).toContain(status);
      expect(body).not.toContain('outside');
    });
  });
});

describe('streams', () => {
  it('a head that comes in pieces', async () => {
    const pieces = ['Sta', 'tus: 20', '1 Created\r', '\nContent-Type: a/b\r\n', '\r', '\nbo', 'dy'];
    const bin = new CgiBin({ 'a.sh': pieces.map(says).join('; sleep 0.01; ') });
    await bin.serve();
    expect(await bin.ask('/a.sh')).toMatchObject({ status: 201, body: 'body' });
  });

  it('a script that reads while it writes, and one that does not read at all', async () => {
    const bin = new CgiBin({ 'cat.sh': `${OK}\ncat`, 'deaf.sh': `${OK}\necho done` });
    await bin.serve();
    const body = 'x'.repeat(4_194_304);
    expect((await bin.ask('/cat.sh', {}, body)).body).toBe(body);
    expect(await bin.ask('/deaf.sh', {}, body)).toMatchObject({ status: 200, body: 'done\n' });
  });

  it('a megabyte of complaints before the answer does not hold it up', async () => {
    const bin = new CgiBin({ 'a.sh': `yes complaint | head -c 1048576 >&2\n${OK}\necho done` });
    await bin.serve();
    expect((await bin.ask('/a.sh')).body).toBe('done\n');
    await until('the complaints', () => bin.server.log.length > 100_000);
  });

  it('complaints are log lines, with nothing that could pass for another', async () => {
    const bin = new CgiBin({ 'a.sh': `printf 'one\\033[31m\\r\\ntwo' >&2\n${OK}` });
    await bin.serve();
    await bin.ask('/a.sh');
    await until('two lines', () => bin.server.log.length === 2);
    expect(bin.server.log).toEqual([
      expect.stringMatching(/^error: one\\x1b\[31m/),
      expect.stringMatching(/^error: two$/),
    ]);
  });
});

describe('scripts that do not end', () => {
  /** Asks for a script that writes the ids of its processes to a file, and waits until they are there. */
  const begin = async (bin: CgiBin, end = (_peer: Peer) => {}) => {
    const file = join(bin.parent, 'pids');
    const peer = peerFor(bin.server.url);
    await peer.send(scgiRequest({ SCRIPT_NAME: '', PATH_INFO: '/a.sh', HTTP_X_FILE: file }));
    const pids = await until('the ids of its processes', () => {
      const text = existsSync(file) ? readFileSync(file, 'utf8') : '';
      return text.endsWith('\n') && text.trim().split(' ').map(Number);
    });
    expect(pids.filter(isAlive)).toHaveLength(pids.length);
    end(peer);
    return pids;
  };
  const leave = (bin: CgiBin) => begin(bin, (peer) => peer.drop());

  it.each([
    ['waits, with a child', 'sleep 1000 & echo "$$ $!" > "$HTTP_X_FILE"; wait'],
    ['writes for ever', `${OK}; yes & echo "$$ $!" > "$HTTP_X_FILE"; wait`],
    ['has answered and waits', `${OK}; echo hi; sleep 1000 & echo "$$ $!" > "$HTTP_X_FILE"; wait`],
  ])('its group is ended when the client leaves: %s', async (_, script) => {
    const bin = new CgiBin({ 'a.sh': script });
    await bin.serve();
    const pids = await leave(bin);
    await until('all of them are gone', () => !pids.some(isAlive), 3000);
  });

  it('one that ignores SIGTERM is killed', async () => {
    const bin = new CgiBin({
      'a.sh': 'trap "" TERM; echo "$$" > "$HTTP_X_FILE"; while :; do sleep 0.1; done',
    });
    await bin.serve();
    const pids = await leave(bin);
    await until('it is gone', () => !pids.some(isAlive), 8000);
  });

  it('one that goes on behind its answer has a while for it', async () => {
    const bin = new CgiBin({
      'a.sh': `${OK}; echo hi; echo "$$" > "$HTTP_X_FILE"; exec >&- 2>&-; sleep 1000`,
    });
    await bin.serve();
    const file = join(bin.parent, 'pids');
    expect((await bin.ask('/a.sh', { HTTP_X_FILE: file })).body).toBe('hi\n');
    const pid = Number(readFileSync(file, 'utf8'));
    await until('it is gone', () => !isAlive(pid), 8000);
  });

  it.each([
    ['waits', ''],
    ['ignores SIGTERM', 'trap "" TERM; '],
  ])('a server that stops takes it with it: %s', async (_, before) => {
    const bin = new CgiBin({
      'a.sh': `${before}sleep 1000 & echo "$$ $!" > "$HTTP_X_FILE"; while :; do wait; sleep 0.1; done`,
    });
    await bin.serve(undefined, {}, { shutdownTimeout: 1 });
    const pids = await begin(bin);
    await bin.server.stop();
    await until('all of them are gone', () => !pids.some(isAlive), 8000).finally(() => {
      for (const pid of pids.filter(isAlive)) process.kill(pid, 'SIGKILL');
    });
  });

  it('100 runs leave no zombie', async () => {
    const bin = new CgiBin({ 'a.sh': `${OK}\necho hi` });
    await bin.serve();
    for (let times = 0; times < 10; times++) {
      await Promise.all(Array.from({ length: 10 }, () => bin.ask('/a.sh')));
    }
    await until('no child is left', () => childrenOf(bin.server.pid).length === 0);
  });
});
