// Formats that are not understood, and what is said of them.
import { OptionError } from '@sluice/protocol';
import { describe, expect, it } from 'vitest';
import { ACCESS_LOG_FORMATS } from '../src/access-format.ts';
import { AccessLog } from '../src/access-log.ts';
import { lineOf } from './observed.ts';

function refusal(format: string): OptionError {
  try {
    new AccessLog(format, { write: () => {} });
  } catch (error) {
    return error as OptionError;
  }
  throw new Error(`${format} is understood`);
}

describe('a format that is not understood', () => {
  it.each([
    ['%h %Q', '%Q at character 4', 'did you mean %q?'],
    ['%S', '%S at character 1', 'use %B'],
    ['%h %O', '%O at character 4', 'use %B'],
    ['"%R"', '%R at character 2', 'did you mean %r?'],
    ['%d', '%d at character 1', 'did you mean %D?'],
    ['%y', '%y at character 1', 'there are %h %a'],
    ['%l %{NAME}E', '%{NAME}E at character 4', 'did you mean %{NAME}e?'],
    ['%{Set-Cookie}o', '%{Set-Cookie}o at character 1', '%{NAME}e'],
    ['%{sid}C', '%{sid}C at character 1', '%{Cookie}i'],
    ['%{NAME}h', '%{NAME}h at character 1', '%h has no name'],
    ['%i', '%i at character 1', '%{NAME}i needs its name'],
    ['%e', '%e at character 1', '%{NAME}e needs its name'],
    ['%{}e', '%{}e at character 1', 'a name'],
    ['%{a b}i', '%{a b}i at character 1', 'a header name'],
    ['%{}i', '%{}i at character 1', 'a header name'],
    ['%>h', '%>h at character 1', 'did you mean %h?'],
    ['%{min}T', '%{min}T at character 1', '%{ms}T'],
    ['%{%Y %Q}t', '%{%Y %Q}t at character 1', '%Q is no part of a time'],
    ['%{%}t', '%{%}t at character 1', 'is no part of a time'],
    ['%h %', '% at character 4', '%%'],
    ['%h %{Referer', '%{', '%%'],
    ['50% of', '% at character 3', '%%'],
    ['%{toString}constructor', '%{toString}c', 'there are'],
    ['%400s', '%400s at character 1', 'a percent sign is %%'],
    ['%h\n%l', '"\\n" at character 3', 'one line'],
    ['%h\u0085', 'at character 3', 'one line'],
  ])('%j', (format, what, hint) => {
    const error = refusal(format);
    expect(error).toBeInstanceOf(OptionError);
    expect(error.code).toBe('ERR_LOG_FORMAT');
    expect(error.message).toContain(JSON.stringify(format));
    expect(error.message).toContain(what);
    expect(error.message).toContain(hint);
  });

  it.each(['', 'apache', 'combine', 'toString'])('%j: there are names', (format) => {
    expect(refusal(format).message).toMatch(/there are common, combined, json/);
  });
});

it('names stand for what is exported', () => {
  for (const name of ['common', 'combined'] as const) {
    expect(lineOf(name)).toBe(lineOf(ACCESS_LOG_FORMATS[name]));
  }
});
