/** A document that the configuration holds, or one to download. */
export type DocumentSource =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'url'; readonly url: string };
