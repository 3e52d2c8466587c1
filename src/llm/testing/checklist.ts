import { existsSync, readdirSync, readFileSync } from 'node:fs';

/** One separable rule of a translation, with what proves it and where it comes from. */
export interface Clause {
  /** Section and short name, which other documents may cite. */
  readonly id: string;
  readonly clause: string;
  /**
   * Where the rule was verified: a package's types, a vendor's description or page, an observation; `choice` where it is
   * the gateway's own to make; `unverified` where no source was found.
   */
  readonly source: string;
  /** `format/kind/case` for a golden case, `path#name` for a test. */
  readonly cases: readonly string[];
}

export interface Checklist {
  /** Section number → its title. */
  readonly sections: Readonly<Record<string, string>>;
  readonly clauses: readonly Clause[];
}

const repository = new URL('../../../', import.meta.url);
const formats = new URL('../formats/', import.meta.url);

/** Reads the committed checklist. */
export function readChecklist(): Checklist {
  return JSON.parse(readFileSync(new URL('../testdata/checklist.json', import.meta.url), 'utf8')) as Checklist;
}

/** Every golden case of every format, as clauses name them. */
export function goldenCases(): readonly string[] {
  const withCases = readdirSync(formats).filter((format) => existsSync(new URL(`${format}/testdata/`, formats)));
  return withCases.flatMap((format) => {
    const folder = new URL(`${format}/testdata/`, formats);
    return readdirSync(folder).flatMap((kind) =>
      readdirSync(new URL(`${kind}/`, folder)).map((file) => `${format}/${kind}/${file.replace('.json', '')}`),
    );
  });
}

/** Whether a test file has a test of this name, written in it as a literal. */
export function hasTest(reference: string): boolean {
  const [path = '', name = ''] = reference.split(/#(.*)/s);
  const file = new URL(path, repository);
  if (name === '' || !existsSync(file)) return false;
  const text = readFileSync(file, 'utf8');
  return ["'", '`', '"'].some((quote) =>
    new RegExp(`\\b(?:test|it)\\(\\s*${escaped(quote + name + quote)}`).test(text),
  );
}

function escaped(text: string): string {
  return text.replace(/[$()*+.?[\\\]^{|}]/g, String.raw`\$&`);
}
