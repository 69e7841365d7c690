// The commands that every project has; each is loaded when it is run.
import type { LoadedSettings } from '../load-settings.ts';

/** A command of manage.js. */
export interface BuiltIn {
  /** One line. */
  readonly summary: string;
  help(): Promise<string>;
  run(words: readonly string[], settings: LoadedSettings): Promise<void>;
}

/** By their names. */
export const BUILT_IN: ReadonlyMap<string, BuiltIn> = new Map(
  Object.entries({
    runserver: {
      summary: 'serve over HTTP while you work on it; changes of its files are seen',
      help: async () => (await import('./run-server.ts')).RUNSERVER_HELP,
      run: async (words, settings) => (await import('./run-server.ts')).runServer(words, settings),
    },
    runfcgi: {
      summary: 'serve to a web server, by FastCGI, SCGI or AJP',
      help: async () => (await import('./run-fcgi.ts')).runfcgiHelp(),
      async run(words, { root }) {
        const { runfastcgi, runfcgiHelp } = await import('./run-fcgi.ts');
        if (words.some((word) => /^(?:--)?help$/i.test(word))) process.stdout.write(runfcgiHelp());
        else await runfastcgi(words, { root });
      },
    },
    serve: {
      summary: 'serve as sluice serve does, with the options of SERVERS',
      help: async () => (await import('./serve-project.ts')).SERVE_HELP,
      run: async (words, settings) =>
        (await import('./serve-project.ts')).serveProject(words, settings),
    },
    check: {
      summary: 'say what is wrong with settings, modules and SERVERS, and start nothing',
      help: async () => (await import('./serve-project.ts')).CHECK_HELP,
      run: async (words, settings) =>
        (await import('./serve-project.ts')).checkProject(words, settings),
    },
    diffsettings: {
      summary: 'show the settings that differ from the defaults',
      help: async () => (await import('./diff-settings.ts')).DIFFSETTINGS_HELP,
      run: async (words, settings) =>
        (await import('./diff-settings.ts')).diffSettings(words, settings),
    },
  } satisfies Record<string, BuiltIn>),
);
