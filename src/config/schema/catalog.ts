/** Models and their prices. */

import { fileRef, type FileRef } from './common.ts';
import { listOf, mapOf } from './kit/collection.ts';
import { required, optional, defaulted } from './kit/field.ts';
import type { Schema } from './kit/node.ts';
import { object } from './kit/object.ts';
import { text, integer } from './kit/scalar.ts';
import { union } from './kit/union.ts';

/** Prices in US dollars for a million tokens. */
interface Rates {
  readonly input?: string;
  readonly output?: string;
  readonly cacheRead?: string;
  readonly cacheWrite?: string;
  readonly reasoning?: string;
  readonly inputAudio?: string;
  readonly outputAudio?: string;
}

const rates: Schema<Rates> = object<Rates>('Rates', 'Prices in US dollars for a million tokens.', {
  input: optional(text, 'Of the prompt.'),
  output: optional(text, 'Of the answer.'),
  cacheRead: optional(text, 'Of cached prompt tokens.'),
  cacheWrite: optional(text, 'Of prompt tokens that go into the cache.'),
  reasoning: optional(text, 'Of reasoning.'),
  inputAudio: optional(text, 'Of audio in the prompt.'),
  outputAudio: optional(text, 'Of audio in the answer.'),
});

/** Prices above a context length. */
interface Tier {
  readonly contextOver: number;
  readonly rates: Rates;
}

const tier: Schema<Tier> = object<Tier>('Tier', 'Prices above a context length.', {
  contextOver: required(integer(0), 'Tokens above which they apply.'),
  rates: required(rates, 'The prices.'),
});

/** A model. */
interface CatalogModel {
  readonly rates: Rates;
  readonly tiers: readonly Tier[];
  readonly tags: readonly string[];
}

const catalogModel: Schema<CatalogModel> = object<CatalogModel>('CatalogModel', 'A model.', {
  rates: defaulted(rates, {}, 'Its prices.'),
  tiers: defaulted(listOf(tier), [], 'Other prices for long contexts.'),
  tags: defaulted(listOf(text), [], 'Tags.'),
});

/** Models of a provider. */
interface CatalogProvider {
  readonly models: Readonly<Record<string, CatalogModel>>;
}

const catalogProvider: Schema<CatalogProvider> = object<CatalogProvider>('CatalogProvider', 'Models of a provider.', {
  models: defaulted(mapOf(catalogModel), {}, 'The models.'),
});

/** Models by provider. */
interface Catalog {
  readonly providers: Readonly<Record<string, CatalogProvider>>;
}

const catalog: Schema<Catalog> = object<Catalog>('Catalog', 'Models by provider.', {
  providers: defaulted(mapOf(catalogProvider), {}, 'The providers.'),
});

/** A catalog in the file itself. */
interface InlineCatalog {
  readonly inline: string | Catalog;
}

const inlineCatalog: Schema<InlineCatalog> = object<InlineCatalog>(
  'InlineCatalog',
  'A catalog in the file itself.',
  {
    inline: required(union(text, catalog), 'The catalog, as JSON text or as an object.'),
  },
  { open: true },
);

/** A catalog: a file, or the catalog itself as text or object. */
export type CatalogSource = FileRef | InlineCatalog;

export const catalogSource: Schema<CatalogSource> = union(fileRef, inlineCatalog);
