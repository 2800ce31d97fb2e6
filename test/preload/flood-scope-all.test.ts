// Scope all: of what goes to secret memory, most is the connections' and no key.
import { testFloods } from './flooded-node'
import { whyNoScan } from './preload-library'

testFloods(whyNoScan(), { env: { MEMFD_SECRET_PRELOAD_SCOPE: 'all' } })
