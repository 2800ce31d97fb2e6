// A Node.js whose OpenSSL is a shared library, without frame pointers.
import { debianLauncher, whyNoDebianNode } from './debian-node'
import { testFloods } from './flooded-node'

const skip = whyNoDebianNode()
testFloods(skip, skip === false ? { launcher: debianLauncher() } : {})
