/** A file that is made from the sources and committed. */
export interface Generated {
  /** Relative to the repository. */
  readonly path: string;
  readonly text: string;
}
