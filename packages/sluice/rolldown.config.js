// Bundles what starts for every request, one file each: see src/bin.ts. What only some requests need
// stays outside and is found in the usual way.
const bundle = (name, input, external = []) => ({
  input: { [name]: input },
  external,
  platform: 'node',
  output: { dir: 'dist/bundle', format: 'esm', codeSplitting: false, sourcemap: true },
});

/** Applications of configuration files, and projects: few programs that are started for each request are one. */
const CONFIGURED = /(?:config\/configured-application|projects\/find-project)\.js$/;

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
