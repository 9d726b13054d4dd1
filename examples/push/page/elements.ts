// The elements of the page, found once, and new ones made of text: what others have written is never markup.

/** Finds what stands in index.html. */
function find<Kind extends Element>(id: string, kind: new () => Kind): Kind {
  const found = document.getElementById(id)
  if (found instanceof kind) return found
  throw new Error(`index.html has no #${id}`)
}

export const door: HTMLElement = find('door', HTMLElement)
export const room: HTMLElement = find('room', HTMLElement)
export const state: HTMLElement = find('state', HTMLElement)
export const logout: HTMLButtonElement = find('logout', HTMLButtonElement)
export const login: HTMLFormElement = find('login', HTMLFormElement)
export const say: HTMLFormElement = find('say', HTMLFormElement)
export const sayText: HTMLInputElement = find('text', HTMLInputElement)
export const profile: HTMLFormElement = find('profile', HTMLFormElement)
export const log: HTMLElement = find('log', HTMLElement)
export const writing: HTMLElement = find('writing', HTMLElement)
export const people: HTMLElement = find('people', HTMLElement)
export const count: HTMLElement = find('count', HTMLElement)

/** Makes an element. */
export function element(name: string, className: string, ...children: readonly (Node | string)[]): HTMLElement {
  const made = document.createElement(name)
  if (className !== '') made.className = className
  made.append(...children)
  return made
}

/** What a field of a form holds. */
export function fieldOf(form: HTMLFormElement, name: string): string {
  return String(new FormData(form).get(name) ?? '')
}

/** Fills a field of a form. */
export function fill(form: HTMLFormElement, name: string, value: string | number): void {
  const field = form.elements.namedItem(name)
  if (field instanceof HTMLInputElement) field.value = String(value)
}
