// One file with all it needs: a program that is started for each request spends most of its time on finding
// modules. Its copies of the classes of errors and those of others know one another.
export default {
  input: { index: 'dist/index.js' },
  platform: 'node',
  output: { dir: 'dist/bundle', format: 'esm', codeSplitting: false, sourcemap: true },
};
