import { existsSync } from 'node:fs'

/** For system calls that Node has no function for. The system's own where there is one: a version manager's starts slowly. */
export const PYTHON = existsSync('/usr/bin/python3') ? '/usr/bin/python3' : 'python3'
