import { listOf } from './kit/collection.ts';
import { defaulted, optional, required } from './kit/field.ts';
import type { Schema } from './kit/node.ts';
import { object } from './kit/object.ts';
import { bool, duration, integer, text } from './kit/scalar.ts';

/** What may be fetched for providers that take no URLs. */
export interface MediaFetch {
  readonly allow: readonly string[];
  readonly privateAddresses: boolean;
  readonly maxBytes: number;
  /** Milliseconds. */
  readonly timeout: number;
}

const mediaFetch: Schema<MediaFetch> = object<MediaFetch>(
  'MediaFetch',
  'What may be fetched for providers that take no URLs.',
  {
    allow: required(listOf(text), 'Hosts that may be asked; *.example.com for all below, * for all.'),
    privateAddresses: defaulted(bool, false, 'Hosts with addresses of private networks may be asked too.'),
    maxBytes: defaulted(integer(1), 20_971_520, 'The largest picture or document, in bytes.'),
    timeout: defaulted(duration, '10s', 'How long each may take.'),
  },
);

/** What becomes of pictures and documents that requests name by their URL. */
export interface LlmMedia {
  readonly fetch?: MediaFetch;
}

export const llmMedia: Schema<LlmMedia> = object<LlmMedia>(
  'LlmMedia',
  'What becomes of pictures and documents that requests name by their URL.',
  { fetch: optional(mediaFetch, 'Fetch them where the provider takes none by URL; refused when absent.') },
);
