// Tomcat in the foreground, with a CATALINA_BASE of its own.
import { mkdirSync } from 'node:fs';
import { startChild } from '../../support/child.ts';
import type { Cleanup } from '../../support/cleanup.ts';
import { fixturePath } from '../../support/sluice.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';
import { until } from '../../support/until.ts';
import { writeConfiguration } from './configuration.ts';
import { findProgram } from './program.ts';

/** The programs. */
export const TOMCAT = findProgram('Tomcat 10', '/usr/share/tomcat10/bin/bootstrap.jar');
export const JAVA = findProgram('Java', 'java');

const HOME = '/usr/share/tomcat10';

/** A running Tomcat. */
export interface Tomcat {
  readonly port: string;
  /** The path of its Unix socket. */
  readonly socket: string;
  /** What it wrote to its log since it was ready. */
  log(): string;
}

/** Starts Tomcat with an AJP connector on a free port, and one on a Unix socket. */
export async function startTomcat(cleanup: Cleanup, secret: string): Promise<Tomcat> {
  const folder = temporaryFolder(cleanup);
  const socket = `${folder}/ajp.sock`;
  for (const name of ['conf', 'temp', 'webapps']) mkdirSync(`${folder}/${name}`);
  const application = fixturePath('back-ends/tomcat');
  const values = { FOLDER: folder, SOCKET: socket, SECRET: secret, APPLICATION: application };
  writeConfiguration(folder, 'tomcat-server.xml', values);
  const words = [
    ...['-Xshare:auto', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1'], // starts sooner
    `-Dcatalina.home=${HOME}`,
    `-Dcatalina.base=${folder}`,
    `-Djava.io.tmpdir=${folder}/temp`,
    ...['-classpath', `${TOMCAT.path}:${HOME}/bin/tomcat-juli.jar`],
    ...['org.apache.catalina.startup.Bootstrap', '-config', `${folder}/tomcat-server.xml`, 'start'],
  ];
  const child = startChild(cleanup, JAVA.path, words, { cwd: folder });
  const port = await until(
    'Tomcat is ready',
    () => {
      if (child.exit) throw new Error(`Tomcat does not start:\n${child.stderr}`);
      const isReady = /Server startup in/.test(child.stderr);
      return isReady && /Starting ProtocolHandler \["ajp-\S*-(\d+)"\]/.exec(child.stderr)?.[1];
    },
    25_000,
  );
  const start = child.stderr.length;
  return { port, socket, log: () => child.stderr.slice(start) };
}
