// The lines of keys in a configuration file that is a program. Best effort, for messages: the values come from
// running it, and what it computes has no line.
//
// Theory: the text is cut into strings, comments, braces and names in front of a colon. A name is remembered
// with the names of the objects around it, so that the same key of two servers can be told apart.

/** A key, its line, and the keys of the objects that it is in, from the outside. */
interface KeyLine {
  readonly path: readonly string[];
  readonly line: number;
}

const TOKEN =
  /\/\/[^\n]*|\/\*[\s\S]*?\*\/|(?:"((?:[^"\\\n]|\\.)*)"|'((?:[^'\\\n]|\\.)*)'|([A-Za-z_$][\w$]*))(\s*:(?!:))?|`(?:[^`\\]|\\[\s\S])*`|[{}[\]()]|\n/g;

/**
 * The line of a key.
 *
 * @param text - of the file
 * @param path - the key, and in front of it those of the objects that it is in
 * @returns undefined when it is not written there
 */
export function lineOfKey(text: string, path: readonly string[]): number | undefined {
  const keys = keyLines(text);
  const isEnd = (key: KeyLine) => path.join('\n') === key.path.slice(-path.length).join('\n');
  const exact = keys.find((key) => isEnd(key) && key.path.length === path.length);
  return (exact ?? keys.find(isEnd))?.line;
}

function keyLines(text: string): readonly KeyLine[] {
  const found: KeyLine[] = [];
  const around: string[] = []; // '' for what has no key: an array, a call, the outermost object
  let line = 1;
  let key = '';
  for (const [token, double, single, name, colon] of text.matchAll(TOKEN)) {
    const word = double ?? single ?? name;
    if (word !== undefined) {
      if (colon !== undefined) {
        key = word;
        found.push({ path: [...around.filter((each) => each !== ''), key], line });
      } else key = '';
    } else if (/^[{[(]$/.test(token)) {
      around.push(key);
      key = '';
    } else if (/^[}\])]$/.test(token)) {
      around.pop();
      key = '';
    }
    line += token.split('\n').length - 1;
  }
  return found;
}
