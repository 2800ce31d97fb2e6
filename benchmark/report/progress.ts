/** Says on standard error what is being done: on a terminal in one line, else a line for each case. */
export class ProgressLine {
  readonly #terminal = process.stderr.isTTY === true
  #case = ''

  begin(number: number, of: number, title: string): void {
    this.#case = `${number} of ${of}: ${title}`
    if (this.#terminal) this.#show(this.#case)
    else process.stderr.write(`${this.#case}\n`)
  }

  step(what: string): void {
    if (this.#terminal) this.#show(`${this.#case}, ${what}`)
  }

  end(): void {
    if (this.#terminal) process.stderr.write('\r\u001b[K')
  }

  #show(text: string): void {
    process.stderr.write(`\r\u001b[K${text.slice(0, (process.stderr.columns ?? 80) - 1)}`)
  }
}
