// Something that happens once in a test, and can be waited for.

/** A promise that is opened from outside. */
export class Gate<T = void> {
  /** Lets everybody through; later calls do nothing. */
  open: (value: T) => void = () => {}
  readonly opened: Promise<T>

  constructor() {
    this.opened = new Promise((resolve) => {
      this.open = resolve
    })
  }
}
