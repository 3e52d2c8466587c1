/** Claude's name as Vertex AI writes it: the date of a version behind an `@`. */
export function atDate(model: string): string {
  return model.replace(/-(\d{8})$/, '@$1');
}

/** {@link atDate} turned back. */
export function dashedDate(model: string): string {
  return model.replace(/@(\d{8})$/, '-$1');
}
