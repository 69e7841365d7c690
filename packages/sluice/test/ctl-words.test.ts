// The words of `sluice ctl`.
import { describe, expect, it } from 'vitest';
import { readCtlWords } from '../src/commands/ctl-words.ts';

const read = (...words: string[]) => readCtlWords(words, { SLUICE_CONTROL: '/run/env' });

describe('what is asked for', () => {
  it.each([
    [['status'], { verb: 'status', format: 'text' }],
    [['status', '--format', 'json'], { verb: 'status', format: 'json' }],
    [['--format=prometheus', 'status'], { verb: 'status', format: 'prometheus' }],
    [['top'], { verb: 'top', interval: 1000 }],
    [['top', '--interval', '0.5'], { verb: 'top', interval: 500 }],
    [['reload'], { target: '/reload?wait=60', wait: 60 }],
    [['reload', '--rolling', '--wait', '5'], { target: '/reload?wait=5&rolling=yes', wait: 5 }],
    [['stop'], { target: '/stop?wait=60', wait: 60 }],
    [['stop', '--now', '--wait=0'], { target: '/stop?wait=0&now=yes', wait: 0 }],
    [['scale', '4'], { target: '/scale?workers=4' }],
    [['scale', '+1'], { target: '/scale?workers=%2B1' }],
    [['scale', '-1'], { target: '/scale?workers=-1' }],
    [['scale', '-12'], { target: '/scale?workers=-12' }],
    [['scale', '--', '-1'], { target: '/scale?workers=-1' }],
    [['reopen'], { target: '/reopen' }],
  ])('%j', (words, expected) => {
    expect(read(...words)).toMatchObject(expected);
  });

  it('the socket is that of --control, else of SLUICE_CONTROL', () => {
    expect(read('status')).toMatchObject({ path: '/run/env' });
    expect(read('status', '--control', '/run/flag')).toMatchObject({ path: '/run/flag' });
    expect(read('--control', '/run/flag', 'scale', '-1')).toMatchObject({
      path: '/run/flag',
      target: '/scale?workers=-1',
    });
  });

  it.each([['--help'], ['-h'], ['status', '--help']])('help: %s %s', (...words) => {
    expect(read(...words)).toBeUndefined();
  });
});

describe('mistakes', () => {
  it.each([
    [[], /the verb is missing; there are status, top, reload, stop, scale, reopen/],
    [['sttop'], /no verb sttop; did you mean stop/],
    [['toString'], /no verb toString/],
    [['quit'], /no verb quit; /],
    [['status', 'now'], /status takes no now/],
    [['reload', '-1'], /reload takes no -1/],
    [['scale'], /scale needs a number: scale 4, scale \+1, scale -1/],
    [['scale', '4', '5'], /scale takes no 5/],
    [['scale', 'many'], /such as 4, \+1 or -1, not many/],
    [['scale', '1.5'], /not 1\.5/],
    [['stop', '--rolling'], /stop has no --rolling: that is for reload/],
    [['status', '--wait', '1'], /status has no --wait: that is for reload, stop/],
    [['status', '--format', 'xml'], /one of text, json, prometheus, not xml/],
    [['status', '--format'], /--format needs a value: --format FORMAT/],
    [['reload', '--wait', '-1'], /--wait needs a value: --wait SECONDS/],
    [['stop', '--now=yes'], /--now takes no value/],
    [['top', '--interval', '0'], /--interval is above 0/],
    [['reload', '--wait', 'long'], /--wait is a number of seconds up to 86400, not long/],
    [['reload', '--rollin'], /no option --rollin; did you mean rolling/],
    [['status', '-f'], /no option -f/],
    [['status', '--control='], /which server\?/],
  ])('%j', (words, message) => {
    expect(() => read(...words)).toThrow(
      expect.objectContaining({ name: 'OptionError', message: expect.stringMatching(message) }),
    );
  });

  it('without a path, both ways to name it are told', () => {
    const mistake = /--control PATH, or SLUICE_CONTROL .* sluice serve --control PATH/;
    expect(() => readCtlWords(['status'], {})).toThrow(mistake);
    expect(() => readCtlWords(['status'], { SLUICE_CONTROL: '' })).toThrow(mistake);
  });
});
