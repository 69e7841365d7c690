// The files of a new project.

/** Files by their paths in the folder of the project. @param sluice - where npm gets this package: a version, or `file:` */
export function projectFiles(name: string, sluice: string): Readonly<Record<string, string>> {
  return {
    'manage.js': `#!/usr/bin/env node
// The commands of this project: node manage.js help
import { executeFromCommandLine } from 'sluice/django';

process.env.SLUICE_SETTINGS_MODULE ??= '${name}.settings';
await executeFromCommandLine(process.argv);
`,
    'package.json': `${JSON.stringify(
      {
        name: name.toLowerCase().replace(/^_+/, '') || 'project',
        version: '0.1.0',
        private: true,
        type: 'module',
        scripts: { start: 'node manage.js runserver' },
        dependencies: { sluice },
      },
      null,
      2,
    )}\n`,
    'README.md': readme(name),
    [`${name}/settings.js`]: `// Settings of ${name}. What is not set here has its default: node manage.js diffsettings --all

/** For development: set it to false where others can reach the server, and name its hosts below. */
export const DEBUG = true;

/** Hosts that requests may be for, such as 'www.example.com'; with DEBUG, those of this machine. */
export const ALLOWED_HOSTS = [];

/** The application, and functions around it: the first one gets each request first. */
export const WSGI_APPLICATION = '${name}.wsgi.application';
export const MIDDLEWARE = ['${name}.middleware.poweredBy'];

/** Options of servers: node manage.js serve --server scgi */
export const SERVERS = {
  main: { listen: ['http://127.0.0.1:8000'] },
  scgi: { listen: ['scgi://127.0.0.1:4000'], concurrency: 'fork', workers: 2 },
};
`,
    [`${name}/wsgi.js`]: `// The application of ${name}: it gets each request that MIDDLEWARE hands on.

/** Says what was asked for. */
export async function* application(environ, startResponse) {
  startResponse('200 OK', [['Content-Type', 'text/plain; charset=utf-8']]);
  yield \`${name}: \${environ.REQUEST_METHOD} \${environ.SCRIPT_NAME}|\${environ.PATH_INFO}\\n\`;
}
`,
    [`${name}/middleware.js`]: `// Functions of an application that return one.

/** Adds a header to each response. */
export const poweredBy = (application) => (environ, startResponse) =>
  application(environ, (status, headers, excInfo) =>
    startResponse(status, [...headers, ['X-Powered-By', '${name}']], excInfo),
  );
`,
    [`${name}/commands/hello.js`]: `// A command of this project: node manage.js hello

export const help = 'hello [NAME]: says hello.';

/** Gets the words behind its name; a number that it returns is the exit status. */
export default function hello([whom = 'world'], { settings }) {
  console.log(\`Hello \${whom}! DEBUG is \${settings.DEBUG ? 'on' : 'off'}.\`);
}
`,
    '.gitignore': 'node_modules/\n',
  };
}

function readme(name: string): string {
  return `# ${name}

\`\`\`sh
npm install
node manage.js runserver          # http://127.0.0.1:8000; changes are seen at once
\`\`\`

| File | What it is |
| --- | --- |
| \`manage.js\` | the commands: \`node manage.js help\` |
| \`${name}/settings.js\` | settings |
| \`${name}/wsgi.js\` | the application |
| \`${name}/middleware.js\` | functions around it, as \`MIDDLEWARE\` lists them |
| \`${name}/commands/\` | commands of this project: \`node manage.js hello\` |

## Behind a web server

\`\`\`sh
node manage.js check
node manage.js runfcgi protocol=scgi host=127.0.0.1 port=4000 pidfile=${name}.pid   # in the background
kill $(cat ${name}.pid)
\`\`\`

The same by \`npx sluice serve . --server scgi\`. Before others can reach it, set \`DEBUG = false\` and name the hosts in
\`ALLOWED_HOSTS\`.
`;
}
