/**
 * Django-style projects: `manage.js`, `<name>/settings.js`, `<name>/wsgi.js`.
 *
 * @packageDocumentation
 */

export { executeFromCommandLine } from './commands/execute.ts';
export type { CommandContext, ManageCommand } from './commands/own-commands.ts';
export { type RunfcgiWords, runfastcgi } from './commands/run-fcgi.ts';
export { RunfcgiOptions } from './commands/run-fcgi-options.ts';
export { ProjectSettings } from './project-settings.ts';
export { type ProjectChoice, settings } from './settings.ts';
export { getWsgiApplication } from './wsgi.ts';
