// Required before a program: the addon is there, and does not load.
import Module from 'node:module'

const loader = Module as unknown as { _load(request: string, ...rest: unknown[]): unknown }
const load = loader._load
loader._load = (request, ...rest) => {
  if (request.endsWith('memfd_secret.node'))
    throw new Error('Expected an addon for this test but received none\nand a second line')
  return load.call(loader, request, ...rest)
}
