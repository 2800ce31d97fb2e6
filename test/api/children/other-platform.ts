// Required before a program: it then runs as on a platform without memfd_secret(2), where the addon is not looked for.
Object.defineProperty(process, 'platform', { value: 'darwin' })
