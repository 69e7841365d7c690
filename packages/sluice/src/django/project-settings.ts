// The settings of a Django-style project: one declaration gives each its type, default and meaning.
import { option } from '../options/option.ts';

/** Settings with their defaults; the settings module exports what shall differ, by the same names. */
export class ProjectSettings {
  /** Development: pages of errors name what was wrong, `runserver` shows stacks, and hosts of this machine are allowed. */
  @option({
    help: 'development: runserver shows stacks; with no ALLOWED_HOSTS the names of this machine are allowed',
    only: 'code',
  })
  DEBUG: boolean = false;

  /** Hosts that requests may be for: `example.com`, `.example.com` with all below it, `*`. */
  @option({
    help: 'hosts that requests may be for: example.com, .example.com with all below it, *; others are answered with 400',
    only: 'code',
  })
  ALLOWED_HOSTS: readonly string[] = [];

  /** The application: `mysite.wsgi.application` or `./mysite/wsgi.js:application`; that of `<name>/wsgi.js` by default. */
  @option({
    type: 'string',
    help: 'the application that MIDDLEWARE is put around: mysite.wsgi.application or ./mysite/wsgi.js:application',
    only: 'code',
  })
  WSGI_APPLICATION: string | undefined = undefined;

  /** Modules or packages with functions of an application that return one, the outermost first. */
  @option({
    help: 'functions of an application that return one, the outermost first: mysite.timing.middleware, ./timing.js, a package',
    only: 'code',
  })
  MIDDLEWARE: readonly string[] = [];

  /** SCRIPT_NAME of every request; null: what the web server sends. */
  @option({
    type: 'string',
    help: 'SCRIPT_NAME of every request, whatever the web server sends: /blog, or an empty text; null: what it sends',
    nullWord: 'none',
    only: 'code',
  })
  FORCE_SCRIPT_NAME: string | null = null;

  /** Options of servers by their names, as in a configuration file; `--server` chooses one. */
  @option({
    help: 'options of servers by their names, as in a configuration file; --server chooses one',
    only: 'code',
  })
  SERVERS: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {};

  /** Whatever else the settings module exports. */
  [name: string]: unknown;
}
