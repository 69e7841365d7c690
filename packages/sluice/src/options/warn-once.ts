// Warnings of what a person wrote, before there is a log: two readers of one file say the same.

const told = new Set<string>();

/** Writes a warning to the standard error stream, the first time. */
export function warnOnce(line: string): void {
  if (told.has(line)) return;
  told.add(line);
  process.stderr.write(`warn: ${line}\n`);
}
