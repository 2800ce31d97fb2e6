// Loaded by --require before a test that is traced: a small stand-in for tap, whose loading alone makes more system calls
// than the test. What it lacks does nothing, and whether a test passes is of no concern here.
import Module from 'node:module'
import { Tap } from '../kernel-matrix/guest/tap-in-guest'

type Load = (request: string, ...rest: unknown[]) => unknown

const quiet = (tap: Tap): Tap =>
  new Proxy(tap, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name)
      return typeof value === 'function' ? value.bind(target) : () => undefined
    },
  })

Tap.wrap = quiet
const loader = Module as unknown as { _load: Load }
const load = loader._load
const standIn = { __esModule: true, default: quiet(new Tap('traced')) }
loader._load = (request, ...rest) => (request === 'tap' ? standIn : load.call(loader, request, ...rest))
