// Filters of a configuration file: what makes an application of another one.
import { type Application, asApplication } from '@sluice/gateway';
import type { Wanted } from '../loading/import-module.ts';
import type { Report } from '../options/resolve.ts';
import type { Setting } from './paste-file.ts';
import { importNamed, isOutside } from './paste-import.ts';
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

/** Makes an application of another one. */
export type Filter = (application: Application) => Application | Promise<Application>;

const FILTER: Wanted = {
  what: 'filter',
  usual: ['default', 'filter'],
  shape: 'A filter is (application) => application',
};

const FACTORY: Wanted = {
  what: 'filter factory',
  usual: ['default', 'filter_factory', 'filterFactory'],
  shape: 'A filter factory is (globalConf, localConf) => filter',
};

const APP_FACTORY: Wanted = {
  what: 'filter app factory',
  usual: ['default', 'filter_app_factory', 'filterAppFactory'],
  shape: 'A filter app factory is (application, globalConf, localConf) => application',
};

/**
 * The filter that a setting names: a section, or what is outside of the file.
 *
 * @throws OptionError with file and line of what is wrong
 */
export async function openFilter(
  setting: Setting,
  inherited: Inherited,
  report: Report,
): Promise<Filter> {
  if (isOutside(setting.value) && !setting.file.find('filter', setting.value)) {
    const why = `${setting.value} is a filter as it is; one with settings is made by paste.filter_factory`;
    refuseRest(inherited, report, why);
    return (await importNamed(setting, FILTER)) as Filter;
  }
  const within = enter(readUse(setting, 'filter'), inherited);
  const outermost = take(within, 'filter-with');
  const filter = await sectionFilter(within, report);
  if (!outermost) return filter;
  const outer = await openFilter(outermost, handedOn(within), report);
  return async (application) => await outer(await filter(application));
}

/** The filter that a section says. @throws OptionError as {@link openFilter} */
export async function sectionFilter(within: Within, report: Report): Promise<Filter> {
  const use = take(within, 'use');
  if (use) return await openFilter(use, within, report);
  const appFactory = take(within, 'paste.filter_app_factory');
  if (appFactory) {
    return async (application) =>
      asApplication((await make(appFactory, APP_FACTORY, within, [application])) as Application);
  }
  const factory = need(
    within,
    'paste.filter_factory',
    './filter.js:name, or use = ./filter.js:name',
  );
  return (await make(factory, FACTORY, within)) as Filter;
}
