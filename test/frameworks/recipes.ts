// How applications of frameworks are built, as their documentation says, and what is left of the sources.
import {
  cpSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';

/** The folder of the repository, whose node_modules the frameworks are in. */
const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** Runs a program in the folder that is built; rejects with what it has said when it fails. */
type Run = (words: readonly string[], env?: Readonly<Record<string, string>>) => Promise<void>;

/** How one framework is built. */
export interface Recipe {
  /** Packages whose versions are part of what is built; their programs are those of the repository. */
  readonly packages: readonly string[];
  /** Builds what is in a folder. */
  build(folder: string, run: Run): Promise<void> | void;
}

const node = (packageName: string, file: string) => [
  process.execPath,
  join(packageFolder(packageName), file),
];

/** By the lock beside package.json. `npm ci` would want binaries of all platforms in it. */
const NPM_INSTALL = [
  ...['npm', 'install', '--no-audit', '--no-fund'],
  ...['--prefer-offline', '--fetch-retries=1', '--fetch-retry-mintimeout=200'],
];

/** Frameworks that have to be built, by the names of their folders. */
export const RECIPES = {
  nestjs: {
    packages: ['@nestjs/core', 'typescript'],
    build: (folder) => compile(folder),
  },
  next: {
    packages: ['next', 'react'],
    async build(folder, run) {
      await run([...node('next', 'dist/bin/next'), 'build'], { PACKAGES_ROOT: ROOT });
      // The same tree as in the repository; assets are for the user to copy.
      const output = join(folder, '.next/standalone');
      const application = join(output, relative(ROOT, folder));
      cpSync(join(folder, '.next/static'), join(application, '.next/static'), { recursive: true });
      keep(folder, { application, node_modules: join(output, 'node_modules') });
    },
  },
  sveltekit: {
    packages: ['@sveltejs/kit', '@sveltejs/adapter-node', 'svelte', 'vite'],
    async build(folder, run) {
      await run([...node('vite', 'bin/vite.js'), 'build']);
      keep(folder, { build: join(folder, 'build'), 'package.json': join(folder, 'package.json') });
    },
  },
  // Half of this repository's packages again, and a minute: installed only here, by its own lock.
  nuxt: {
    packages: [],
    async build(folder, run) {
      await run(NPM_INSTALL);
      const nuxt = [process.execPath, join(folder, 'node_modules/nuxt/bin/nuxt.mjs'), 'build'];
      await run(nuxt);
      renameSync(join(folder, '.output'), join(folder, 'listening'));
      await run(nuxt, { NITRO_PRESET: 'node' });
      renameSync(join(folder, '.output'), join(folder, 'exporting'));
      keep(folder, {
        listening: join(folder, 'listening'),
        exporting: join(folder, 'exporting'),
      });
    },
  },
} as const satisfies Record<string, Recipe>;

/** The folder of a package of this repository. */
export function packageFolder(name: string): string {
  for (const place of createRequire(import.meta.url).resolve.paths(name) ?? []) {
    // `exports` need not let anybody read package.json.
    try {
      readFileSync(join(place, name, 'package.json'));
      return join(place, name);
    } catch {}
  }
  throw new Error(`${name} is not installed: npm install`);
}

/** Leaves nothing in a folder but these, by their new names. */
function keep(folder: string, parts: Readonly<Record<string, string>>): void {
  const aside = `${folder}.kept`;
  mkdirSync(aside);
  for (const [name, path] of Object.entries(parts)) renameSync(path, join(aside, name));
  rmSync(folder, { recursive: true });
  renameSync(aside, folder);
}

/** Makes JavaScript of TypeScript with decorators. */
function compile(folder: string): void {
  for (const file of readdirSync(folder)) {
    const path = join(folder, file);
    const { outputText } = ts.transpileModule(readFileSync(path, 'utf8'), {
      fileName: file,
      compilerOptions: {
        target: ts.ScriptTarget.ES2022,
        module: ts.ModuleKind.ESNext,
        experimentalDecorators: true,
        emitDecoratorMetadata: true,
      },
    });
    writeFileSync(path.replace(/ts$/, 'js'), outputText);
    rmSync(path);
  }
}
