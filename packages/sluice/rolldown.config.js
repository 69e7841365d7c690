// Bundles what starts for every request, one file each: see src/bin.ts. What only some requests need
// stays outside and is found in the usual way.
/** Is one file itself, and found when an application needs it. */
const ADAPTERS = /^@sluice\/adapters$/;

const bundle = (name, input, external = []) => ({
  input: { [name]: input },
  external: [...external, ADAPTERS],
  platform: 'node',
  plugins: [unwrapped],
  output: { dir: 'dist/bundle', format: 'esm', codeSplitting: false, sourcemap: true },
});

/** Applications of configuration files, and projects: few programs that are started for each request are one. */
const CONFIGURED = /(?:config\/configured-application|projects\/find-project)\.js$/;

/**
 * A module that is imported both at once and later is wrapped into a function, with all that it imports, and
 * V8 parses that twice: the registry's front-end, which nobody asks for in a CGI program, stays outside.
 */
const unwrapped = {
  name: 'unwrapped',
  resolveId: (id, importer) =>
    id === '@sluice/front-ends/cgi' && importer?.endsWith('/registry.js')
      ? { id, external: true }
      : null,
};

export default [
  bundle('cgi', 'dist/cgi.js'),
  bundle('answer-cgi', 'dist/shapes/answer-cgi.js', [/cgi-program/]),
  bundle('inetd-scgi', 'dist/inetd-scgi.js'),
  bundle('cgi-command', 'dist/commands/cgi.js', [
    CONFIGURED,
    /^@sluice\/(?:back-ends|front-ends\/(?!cgi$))/,
  ]),
  bundle('inetd-command', 'dist/commands/inetd.js', [
    CONFIGURED,
    /^@sluice\/(?:back-ends|front-ends\/(?!scgi$))/,
  ]),
];
