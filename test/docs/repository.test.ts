// What the documents point at exists, and nothing points outside of the repository.
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { DOCUMENTS, ROOT, read } from './markdown.ts';

const OUTSIDE = ['..', '/work'].map((folder) => `${folder}/${'shared'}`); // so that this file holds neither
const everywhere = [...DOCUMENTS, 'test/README.md'];

/** The anchors of a document, as GitHub makes them of its headings. */
function anchorsOf(document: string): string[] {
  const headings = read(document).matchAll(/^#+ (.*)$/gm);
  return [...headings].map(([, heading]) =>
    (heading as string)
      .toLowerCase()
      .replace(/[^\w\- ]/g, '')
      .replaceAll(' ', '-'),
  );
}

describe('documents', () => {
  it('are all there', () => {
    expect(everywhere.filter((document) => !existsSync(`${ROOT}${document}`))).toEqual([]);
  });

  it.each(everywhere)('%s has no dead links', (document) => {
    const links = [...read(document).matchAll(/\]\(([^)\s]+)\)/g)].map(
      ([, link]) => link as string,
    );
    const dead = links.filter((link) => {
      if (/^https?:/.test(link)) return false;
      const [path = '', anchor] = link.split('#');
      const target = path === '' ? document : join(dirname(document), path);
      if (!existsSync(`${ROOT}${target}`)) return true;
      return anchor !== undefined && !anchorsOf(target).includes(anchor);
    });
    expect(dead).toEqual([]);
  });

  it.each(everywhere)('%s names no source file that does not exist', (document) => {
    const sources = readdirSync(`${ROOT}packages`).flatMap((folder) =>
      readdirSync(`${ROOT}packages/${folder}/src`, { recursive: true, encoding: 'utf8' }).flatMap(
        (file) => [`packages/${folder}/src/${file}`, `${folder}/${file}`],
      ),
    );
    const named = [...read(document).matchAll(/[\w./-]*\w\.ts\b/g)].map(([name]) => name);
    const missing = named.filter(
      (name) =>
        !/toy/.test(name) && // the example of what could be added
        !existsSync(`${ROOT}${name}`) &&
        !sources.some((source) => source === name || source.endsWith(`/${name}`)),
    );
    expect(missing).toEqual([]);
  });

  it('the README has at most 200 lines', () => {
    expect(read('README.md').trimEnd().split('\n').length).toBeLessThanOrEqual(200);
  });
});

it('no file of the repository names what lies beside it', () => {
  const list = execFileSync('git', ['ls-files', '-z'], { cwd: ROOT, encoding: 'utf8' });
  const files = list.split('\0').filter((file) => file !== '' && existsSync(`${ROOT}${file}`));
  expect(files).toContain('package.json');
  const guilty = files.filter((file) => {
    const text = readFileSync(`${ROOT}${file}`, 'latin1');
    return OUTSIDE.some((place) => text.includes(place));
  });
  expect(guilty).toEqual([]);
});
