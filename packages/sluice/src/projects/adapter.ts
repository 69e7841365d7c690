// The contract of a project adapter: what makes a folder or a module servable.
import type { Application, ApplicationClass } from '@sluice/gateway';

/** What a person named, to be looked at. */
export interface ProjectPlace {
  /** Absolute path of a folder or file that exists. */
  readonly path: string;
  /** What followed it: `name` in `app.js:name`. */
  readonly named: string | undefined;
}

/** What an adapter thinks of a place. */
export interface Detection {
  /** `certain`: it can be nothing else. `likely`: served in this way where no other adapter is certain. */
  readonly sure: 'certain' | 'likely';
  /** What it is, and what shows that: `a Django-style project (settings mysite.settings)`. */
  readonly why: string;
}

/** A project whose settings are known; its application is imported when it is opened. */
export interface Project {
  /** What people call it: `mysite`. */
  readonly name: string;
  readonly settings: ServerSettings;
  /**
   * Imports the application: in each worker, never in the process that only keeps workers.
   *
   * @throws OptionError `ERR_APPLICATION_LOAD`, saying what was looked for
   */
  open(): Promise<Application | ApplicationClass>;
}

/** What a project says of its servers, before the application is imported. */
export interface ServerSettings {
  /** The file where that stands, absolute; undefined: there is none. */
  readonly file: string | undefined;
  /** Options of `sluice serve` for each server, chosen by `--server`; none: the project says nothing of servers. */
  readonly servers: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  /** What its author should know, one line each: a setting that looks misspelt. */
  readonly warnings: readonly string[];
}

/** Serves a kind of project. */
export interface ProjectAdapter {
  /** Of the kind: `django`. */
  readonly name: string;
  /** What it looks for, for a person whose folder is none: `manage.js, beside a folder with settings.js`. */
  readonly looksFor: string;
  /**
   * Looks at a place: at names of files, at a package.json; nothing of the project is imported.
   *
   * @returns undefined: this adapter cannot serve it
   * @throws OptionError for a place that it would serve, if something were right
   */
  detect(place: ProjectPlace): Detection | undefined | Promise<Detection | undefined>;
  /**
   * Reads the settings of a project that it has detected.
   *
   * @throws OptionError with file and line of what is wrong
   */
  load(place: ProjectPlace): Promise<Project>;
}
