// Development: tells when a file of an application changes.
import { watch } from 'chokidar';

const SOURCE = /\.(?:[cm]?[jt]sx?|json)$/;
const IGNORED = /(?:^|[/\\])(?:node_modules|\.[^/\\]+)(?:[/\\]|$)/;
const QUIET = 100; // milliseconds without another change: editors write in several steps

/**
 * Watches the sources below a directory, but for `node_modules` and what begins with a dot.
 *
 * @param directory - of the application
 * @param changed - is called once for changes that come together, with the path of the last
 * @returns ends it, once it has begun
 */
export async function watchFiles(
  directory: string,
  changed: (path: string) => void,
): Promise<() => Promise<void>> {
  const watcher = watch(directory, {
    ignoreInitial: true,
    ignored: (path, stats) =>
      IGNORED.test(path.slice(directory.length)) ||
      (stats?.isFile() === true && !SOURCE.test(path)),
  });
  let timer: NodeJS.Timeout | undefined;
  watcher.on('all', (_event, path) => {
    clearTimeout(timer);
    timer = setTimeout(() => changed(path), QUIET);
  });
  await new Promise((resolve) => watcher.once('ready', () => resolve(undefined)));
  return async () => {
    clearTimeout(timer);
    await watcher.close();
  };
}
