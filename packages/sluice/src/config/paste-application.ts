// Builds the application that a configuration file describes, as PasteDeploy does: of applications, composites,
// pipelines and filters, each of which may be a section, a module, or made by a factory.
import { APPLICATION_KINDS, type ApplicationKind } from '@sluice/adapters/kinds';
import { type Application, asApplication } from '@sluice/gateway';
import type { Wanted } from '../loading/import-module.ts';
import { adaptGiven } from '../loading/loaded-application.ts';
import { type Report, raise } from '../options/resolve.ts';
import { attempt } from './attempt.ts';
import type { Definition, Setting } from './paste-file.ts';
import { openFilter, sectionFilter } from './paste-filter.ts';
import { importNamedApplication, isOutside } from './paste-import.ts';
import {
  enter,
  handedOn,
  type Inherited,
  make,
  need,
  refuseRest,
  take,
  type Within,
} from './paste-make.ts';
import { readUse } from './paste-use.ts';
import { type Mount, mountPath, urlMap } from './url-map.ts';

const NOTHING: Inherited = { own: new Map(), global: new Map(), path: [] };

const FACTORY: Wanted = {
  what: 'app factory',
  usual: ['default', 'app_factory', 'appFactory'],
  shape: 'An app factory is (globalConf, localConf) => application',
  makesApplication: true,
};

const COMPOSITE_FACTORY: Wanted = {
  what: 'composite factory',
  usual: ['default', 'composite_factory', 'compositeFactory'],
  shape: 'A composite factory is (loader, globalConf, localConf) => application',
  makesApplication: true,
};

const URL_MAP = /^egg:(?:sluice|paste)#urlmap$/i;

/** Takes the word for what a module exports. @throws OptionError `ERR_OPTION_VALUE` for another word */
function takeKind(own: Map<string, Setting>): ApplicationKind | undefined {
  const setting = own.get('as');
  own.delete('as');
  const kind = APPLICATION_KINDS.find((each) => each === setting?.value);
  if (!setting || kind) return kind;
  const { file, line, value } = setting;
  const right = APPLICATION_KINDS.join(', ');
  throw file.mistake(
    line,
    `as cannot be "${value}": it has to be one of ${right}`,
    'ERR_OPTION_VALUE',
  );
}

/** Builds what sections describe. */
export class PasteBuilder {
  readonly #report: Report;

  /** @param report - takes mistakes; by default the first one ends it */
  constructor(report: Report = raise) {
    this.#report = report;
  }

  /**
   * The application that a setting names: a section, or what is outside of the file.
   *
   * @throws OptionError with file and line of what is wrong
   */
  async open(setting: Setting, inherited = NOTHING): Promise<Application> {
    const { value, file } = setting;
    if (!isOutside(value) || file.find('application', value))
      return await this.build(readUse(setting, 'application'), inherited);
    const own = new Map(inherited.own);
    const as = takeKind(own);
    const why = `${value} is an application as it is; one with settings is made by paste.app_factory`;
    refuseRest({ ...inherited, own }, this.#report, why);
    return await importNamedApplication(setting, as);
  }

  /** The application of a section. @throws OptionError with file and line of what is wrong */
  async build(definition: Definition, inherited = NOTHING): Promise<Application> {
    const within = enter(definition, inherited);
    const outermost = take(within, 'filter-with');
    const application = await this.#section(within);
    if (!outermost) return application;
    const filter = await openFilter(outermost, handedOn(within), this.#report);
    return await filter(application);
  }

  async #section(within: Within): Promise<Application> {
    if (URL_MAP.test(within.own.get('use')?.value ?? '')) return await this.#composite(within);
    switch (within.definition.kind) {
      case 'pipeline':
        return await this.#pipeline(within);
      case 'filter-app':
        return await this.#filterApp(within);
      case 'composite':
      case 'composit':
        return await this.#composite(within);
      default:
        return await this.#app(within);
    }
  }

  async #app(within: Within): Promise<Application> {
    const use = take(within, 'use');
    if (use) return await this.open(use, within);
    const composite = take(within, 'paste.composite_factory');
    const made = composite
      ? await make(composite, COMPOSITE_FACTORY, within, [this.#loader(within)])
      : await make(
          need(within, 'paste.app_factory', './app.js:name, or use = ./app.js:name'),
          FACTORY,
          within,
        );
    return asApplication((await adaptGiven(made, 'the application')).application);
  }

  async #filterApp(within: Within): Promise<Application> {
    const next = need(within, 'next', 'the name of an application');
    const application = await this.open(next, handedOn(within));
    return await (await sectionFilter(within, this.#report))(application);
  }

  async #composite(within: Within): Promise<Application> {
    const { own, definition } = within;
    const use = take(within, 'use');
    if (own.has('paste.composite_factory')) return await this.#app(within);
    if (use && !URL_MAP.test(use.value)) {
      const isMap = /^egg:(?:sluice|paste)#/i.test(use.value);
      if (!isMap) return await this.open(use, within);
      const why = `there is no composite ${use.value}; did you mean egg:sluice#urlmap?`;
      throw use.file.mistake(use.line, why);
    }
    const notFound = take(within, 'not_found_app');
    const mounts: Mount[] = [];
    const paths = [...own.values()].filter(({ key }) => key.startsWith('/'));
    for (const setting of paths) {
      own.delete(setting.key);
      const application = await attempt(this.#report, () => this.open(setting, handedOn(within)));
      if (application) mounts.push({ path: mountPath(setting.key), application });
    }
    refuseRest(
      within,
      this.#report,
      'a composite has paths, as in /blog = blog, and not_found_app',
    );
    if (paths.length === 0) {
      const { section, file } = definition;
      this.#report(file.mistake(section.line, `[${section.name}] needs a path: /blog = blog`));
    }
    return urlMap(mounts, notFound && (await this.open(notFound, handedOn(within))));
  }

  async #pipeline(within: Within): Promise<Application> {
    const pipeline = need(within, 'pipeline', 'names of filters, and last that of an application');
    refuseRest(
      within,
      this.#report,
      'a pipeline has names of filters and an application, no settings',
    );
    const steps = pipeline.value.split(/\s+/).map((value) => ({ ...pipeline, value }));
    const inner = handedOn(within);
    let application = await attempt(this.#report, () => this.open(steps.pop() as Setting, inner));
    for (const step of steps.reverse()) {
      const filter = await attempt(this.#report, () => openFilter(step, inner, this.#report));
      if (filter && application) application = await filter(application);
    }
    return application ?? urlMap([]); // what is wrong with it has been reported
  }

  /** What composite factories find other sections with. */
  #loader(within: Within) {
    const { file, section } = within.definition;
    const named = (value: string): Setting => ({ key: value, value, file, line: section.line });
    return {
      getApp: (name: string) => this.open(named(name), handedOn(within)),
      getFilter: (name: string) => openFilter(named(name), handedOn(within), this.#report),
    };
  }
}
