#!/usr/bin/env node
// The `sluice` command: finds the sub-command. What starts for every request (`cgi`, and `serve` under
// inetd) is loaded from a bundle, in one piece: finding forty modules takes longer than answering.
const [command, ...words] = process.argv.slice(2);

async function run(): Promise<void> {
  if (command === 'cgi') {
    const { cgiCommand } = await bundled<typeof import('./commands/cgi.ts')>('cgi-command');
    await cgiCommand(words);
    return;
  }
  if (command === 'serve' && words.some((word) => word.includes('+stdio:'))) {
    const { inetdCommand } = await bundled<typeof import('./commands/inetd.ts')>('inetd-command');
    if (await inetdCommand(words)) return;
  }
  await (await import('./commands/main.ts')).main(command, words);
}

async function bundled<Module>(name: string): Promise<Module> {
  return (await import(new URL(`./bundle/${name}.js`, import.meta.url).href)) as Module;
}

await run();
