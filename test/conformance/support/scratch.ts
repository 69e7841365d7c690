// Files of a test: a directory that is gone afterwards, and journals that applications write.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { until } from './until.ts';

/** A directory for this test alone. */
export function scratch(): string {
  const directory = mkdtempSync(join(tmpdir(), 'sluice-test-'));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

/** What an application under test notes down, wherever it runs: its requests name the file in the header X-Journal. */
export class Journal {
  readonly path = join(scratch(), 'journal');

  /** The variable that tells an application where to write. */
  get variables(): { HTTP_X_JOURNAL: string } {
    return { HTTP_X_JOURNAL: this.path };
  }

  get lines(): string[] {
    try {
      return readFileSync(this.path, 'utf8').split('\n').slice(0, -1);
    } catch {
      return [];
    }
  }

  /** Lets an application go on that waits for this word. */
  open(gate: string): void {
    writeFileSync(`${this.path}.${gate}`, '');
  }

  /** How often a word was noted. */
  count(word: string): number {
    return this.lines.filter((line) => line === word || line.startsWith(`${word} `)).length;
  }

  /** Waits for a line that begins with a word; gives what follows the word. */
  async note(word: string, deadline?: number): Promise<string> {
    const line = await until(
      `${word} in the journal`,
      () => this.lines.find((text) => text === word || text.startsWith(`${word} `)),
      deadline,
    );
    return line.slice(word.length + 1);
  }
}
