import type { Logger } from '../../base/logger.ts';
import type { DocumentSource } from '../../model/policies/document.ts';
import { KeySet } from './key-set.ts';
import { fixedKeys, type KeySource } from './key-source.ts';

/** What {@link documentKeys} needs of where it is compiled. */
export interface DocumentKeysPorts {
  readonly log: Logger;
  /** The keys behind a URL. */
  keys(url: string): KeySource;
}

/** The keys of an issuer, as the configuration gives them. Throws a readable Error where they are none. */
export function documentKeys(issuer: string, source: DocumentSource, ports: DocumentKeysPorts): KeySource {
  if (source.kind === 'url') return ports.keys(source.url);
  try {
    const keys = new KeySet(source.text);
    for (const { keyId, why } of keys.skipped) {
      ports.log.warn('a key of a key set is not used', { issuer, kid: keyId, why });
    }
    return fixedKeys(keys);
  } catch (error) {
    throw new Error(`jwks of ${issuer}: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
  }
}
