// Required before a program: its secrets are sealed then, unless it says otherwise.
import { configure } from '../../../lib/index'

configure({ sealed: true })
