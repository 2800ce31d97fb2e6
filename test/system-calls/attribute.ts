import { basename } from 'node:path'
import type { Library } from './documented'

const OURS: Record<string, Library> = { 'memfd_secret.node': 'addon', 'memfd_secret_preload.so': 'preload' }

/** Libraries that make a call for whoever called them. */
const BETWEEN = /^(?:libc|libpthread|ld-linux|ld-musl|libasan|libubsan)[.-]/

/**
 * Reads `strace -f -k`: each call is followed by its stack, innermost first, a line ` > FILE(FUNCTION+OFFSET) [ADDRESS]`
 * a frame. A call is a library's where the first frame outside of libc is the library's: what a callback calls is not.
 */
export class Attribution {
  readonly calls: Record<Library, Map<string, number>> = { addon: new Map(), preload: new Map() }
  #call: string | null = null

  line(text: string): void {
    const frame = /^ > ([^(]+)\(/.exec(text)?.[1]
    if (frame === undefined) {
      // "[pid 1] name(…", or "[pid 1] <... name resumed>" where another thread's line came between; the stack follows the last.
      this.#call = /^(?:\[pid +\d+\] )?(?:\d+ +)?(?:<\.\.\. )?(\w+)(?:\(| resumed)/.exec(text)?.[1] ?? null
      return
    }
    if (this.#call === null || BETWEEN.test(basename(frame))) return
    const library = OURS[basename(frame)]
    if (library !== undefined) {
      const counts = this.calls[library]
      counts.set(this.#call, (counts.get(this.#call) ?? 0) + 1)
    }
    this.#call = null
  }
}
