/** Imported before the package, which then takes its plain JavaScript store, as where there is no addon. */
export const PLATFORM = 'another'

Object.defineProperty(process, 'platform', { value: PLATFORM })
