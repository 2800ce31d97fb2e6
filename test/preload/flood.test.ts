// OpenSSL within the program, as in Node.js.
import { testFloods } from './flooded-node'
import { whyNoScan } from './preload-library'

testFloods(whyNoScan())
