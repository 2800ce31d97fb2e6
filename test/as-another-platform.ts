// Imported before the package: it then takes its plain JavaScript store, as where there is no addon.
Object.defineProperty(process, 'platform', { value: 'another' })
