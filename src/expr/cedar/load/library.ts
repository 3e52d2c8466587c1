import type * as Cedar from '@cedar-policy/cedar-wasm/nodejs';

/** Cedar itself, as WebAssembly: it parses and checks what is loaded; decisions need it no more. */
export type CedarLibrary = typeof Cedar;

/** Loads it: 4 MB that only configurations with Cedar pay for. */
export async function loadCedarLibrary(): Promise<CedarLibrary> {
  const loaded: CedarLibrary & { readonly default?: CedarLibrary } = await import('@cedar-policy/cedar-wasm/nodejs');
  // A library in CommonJS has its names there when it is part of a bundle.
  return loaded.default ?? loaded;
}
