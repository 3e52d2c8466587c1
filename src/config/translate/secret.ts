import type { SecretOrFile } from '../schema/common.ts';
import { readText, report, type Context, type Path } from './context.ts';

/** A secret written in the file, or the text of the file it names without surrounding white space. */
export function secret(context: Context, path: Path, config: SecretOrFile): string | undefined {
  const text = typeof config === 'string' ? config : readText(context, [...path, 'file'], config.file)?.trim();
  if (text === '') {
    report(context, path, 'the secret is empty');
    return undefined;
  }
  return text;
}
