// Web servers in front of several applications at once: a site for each way to each application.
import { APACHE, apacheModule, startApache } from './servers/apache.ts';
import { LIGHTTPD, startLighttpd } from './servers/lighttpd.ts';
import { NGINX, startNginx } from './servers/nginx.ts';
import type { Program } from './servers/program.ts';

/** A protocol that an application listens by. */
export const PROTOCOLS = ['scgi', 'uwsgi', 'fastcgi', 'ajp', 'http'] as const;

/** One of {@link PROTOCOLS}. */
type Protocol = (typeof PROTOCOLS)[number];

/** What a site leads to. */
export interface Behind {
  /** Port of the site. */
  readonly port: string;
  /** Where the application listens by a protocol. */
  readonly portOf: (protocol: Protocol) => string;
  /** A `.fcgi` file with the application. */
  readonly script: string;
}

/** A web server, and its sites by the way that they take. */
export interface Front {
  readonly programs: readonly Program[];
  readonly start: typeof startNginx;
  /** What stands before all sites. */
  readonly before: string;
  readonly sites: Readonly<Record<string, (behind: Behind) => string>>;
}

const MODULES = '/usr/lib/apache2/modules';
const module = (name: string) => `LoadModule ${name}_module "${MODULES}/mod_${name}.so"`;

const nginx =
  (protocol: Protocol) =>
  ({ port, portOf }: Behind) =>
    `
server {
    listen 127.0.0.1:${port};
    server_name localhost;
    client_max_body_size 64m;
    location / {
        include /etc/nginx/${protocol}_params;
        ${protocol}_buffering off;
        ${protocol}_pass 127.0.0.1:${portOf(protocol)};
    }
}
`;

const apache = (lines: (behind: Behind) => string) => (behind: Behind) =>
  `
Listen 127.0.0.1:${behind.port}
<VirtualHost 127.0.0.1:${behind.port}>
    ${lines(behind)}
</VirtualHost>
`;

const lighttpd =
  (protocol: Protocol) =>
  ({ port, portOf }: Behind) =>
    `
$SERVER["socket"] == "127.0.0.1:${port}" {
    server.stream-response-body = 1
    ${protocol}.server = ( "/" => ((
        "host" => "127.0.0.1",
        "port" => ${portOf(protocol)},
        "check-local" => "disable",
    )) )
}
`;

/** Every web server that frameworks are put behind. */
export const FRONTS: Readonly<Record<string, Front>> = {
  nginx: {
    programs: [NGINX],
    start: startNginx,
    before: '',
    sites: { SCGI: nginx('scgi'), uwsgi: nginx('uwsgi'), FastCGI: nginx('fastcgi') },
  },
  Apache: {
    programs: [APACHE, apacheModule('mod_fcgid')],
    start: startApache,
    before: `${['proxy', 'proxy_ajp', 'alias', 'fcgid'].map(module).join('\n')}
FcgidMaxProcessesPerClass 1
FcgidMaxRequestLen 67108864
FcgidOutputBufferSize 0
<Directory "/">
    Options +ExecCGI
    Require all granted
</Directory>
`,
    sites: {
      AJP: apache(({ portOf }) => `ProxyPass "/" "ajp://127.0.0.1:${portOf('ajp')}/"`),
      mod_fcgid: apache(({ script }) => `SetHandler fcgid-script\n    Alias "/" "${script}/"`),
    },
  },
  lighttpd: {
    programs: [LIGHTTPD],
    start: startLighttpd,
    before: 'server.modules += ( "mod_fastcgi", "mod_scgi" )\n',
    sites: { FastCGI: lighttpd('fastcgi'), SCGI: lighttpd('scgi') },
  },
};

const upgrading =
  (module: string, protocol: Protocol, more = '') =>
  ({ port, portOf }: Behind) =>
    `
$SERVER["socket"] == "127.0.0.1:${port}" {
    server.stream-response-body = 1
    ${more}
    ${module}.server = ( "/" => ((
        "host" => "127.0.0.1",
        "port" => ${portOf(protocol)},
        "check-local" => "disable",
        "upgrade" => "enable",
    )) )
}
`;

/** Web servers that are told to let connections be taken over. */
export const UPGRADING: Readonly<Record<string, Front>> = {
  'nginx with upgrades': {
    programs: [NGINX],
    start: startNginx,
    before: '',
    sites: {
      HTTP: ({ port, portOf }) => `
server {
    listen 127.0.0.1:${port};
    location / {
        proxy_pass http://127.0.0.1:${portOf('http')};
        proxy_http_version 1.1;
        proxy_set_header Host $host;
        proxy_set_header Upgrade $http_upgrade;
        proxy_set_header Connection $http_connection;
        proxy_set_header X-Forwarded-For $remote_addr;
    }
}
`,
    },
  },
  'Apache with upgrades': {
    programs: [APACHE],
    start: startApache,
    before: `${['proxy', 'proxy_http'].map(module).join('\n')}\n`,
    sites: {
      HTTP: apache(
        ({ portOf }) => `ProxyPass "/" "http://127.0.0.1:${portOf('http')}/" upgrade=websocket`,
      ),
    },
  },
  'lighttpd with upgrades': {
    programs: [LIGHTTPD],
    start: startLighttpd,
    before: 'server.modules += ( "mod_proxy" )\n',
    sites: { HTTP: upgrading('proxy', 'http', 'proxy.header = ( "upgrade" => "enable" )') },
  },
  'lighttpd from 1.4.74': {
    programs: [LIGHTTPD],
    start: startLighttpd,
    before: 'server.modules += ( "mod_fastcgi", "mod_scgi" )\n',
    sites: {
      FastCGI: upgrading('fastcgi', 'fastcgi'),
      SCGI: upgrading('scgi', 'scgi'),
      uwsgi: upgrading('scgi', 'uwsgi', 'scgi.protocol = "uwsgi"'),
    },
  },
};
